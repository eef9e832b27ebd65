/** Saving what was read: in the same forms as `mien analyze` writes. */
import { createFormatter, type Format } from '@mien/results';
import { labels, mainReader } from '../state/readers.js';
import { results, scene } from '../state/scene.js';
import { words } from '../words/words.js';
import { download } from './download.js';
import { toImage } from './to-image.js';

export function ExportMenu() {
  const { export: names } = words.value;
  const id = mainReader.value?.choice.id ?? '';
  const result = results.value.get(id);
  if (result === undefined) return null;
  const save = (format: Format) => download(toText(format, id), `mien.${format}`, 'text/plain');
  return (
    <details class="menu">
      <summary>{names.title}</summary>
      <div class="menu-list">
        <button type="button" onClick={() => save('csv')}>
          {names.csv}
        </button>
        <button type="button" onClick={() => save('json')}>
          {names.json}
        </button>
        <button type="button" onClick={() => save('ndjson')}>
          {names.ndjson}
        </button>
        <button type="button" onClick={() => void toImage(result).then((blob) => download(blob, 'mien.png', 'image/png'))}>
          {names.image}
        </button>
      </div>
    </details>
  );
}

/** All pictures that were read, or the newest frame of the camera. */
function toText(format: Format, modelId: string): string {
  const now = scene.peek();
  const formatter = createFormatter(format, { labels: labels.peek() });
  const all =
    now.kind === 'pictures'
      ? now.pictures.flatMap(({ name, results: read }) => {
          const result = read.get(modelId);
          return result === undefined ? [] : [{ source: name, ...result }];
        })
      : [...results.peek()].filter(([id]) => id === modelId).map(([, result]) => ({ source: 'camera', ...result }));
  return all.map((one) => formatter.add(one)).join('') + formatter.end();
}
