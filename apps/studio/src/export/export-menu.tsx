/** Saving what was read: in the same forms as `mien analyze` writes. */
import type { Analysis, Face } from '@mien/core';
import { createFormatter, type Format } from '@mien/results';
import { hiddenKeys } from '../state/people.js';
import { labels, mainReader } from '../state/readers.js';
import { framesOf } from '../state/recording.js';
import { keyOf, results, scene } from '../state/scene.js';
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
        {scene.value.kind !== 'pictures' && (
          <button type="button" onClick={() => save('vtt')}>
            {names.vtt}
          </button>
        )}
        <button
          type="button"
          onClick={() => void toImage(result).then((blob) => download(blob, 'mien.png', 'image/png'))}
        >
          {names.image}
        </button>
      </div>
    </details>
  );
}

/** All pictures that were read, or all of the video or of the camera's session; hidden faces are left out. */
function toText(format: Format, modelId: string): string {
  const formatter = createFormatter(format, { labels: labels.peek() });
  return (
    allResults(modelId)
      .map((one) => formatter.add({ ...one, faces: one.faces.filter(isShown) }))
      .join('') + formatter.end()
  );
}

function allResults(modelId: string): (Analysis & { readonly source: string })[] {
  const now = scene.peek();
  switch (now.kind) {
    case 'pictures':
      return now.pictures.flatMap(({ name, results: read }) => {
        const result = read.get(modelId);
        return result === undefined ? [] : [{ source: name, ...result }];
      });
    case 'video':
      return framesOf(modelId).map((result) => ({ source: now.name, ...result }));
    case 'camera':
      return framesOf(modelId).map((result) => ({ source: 'camera', ...result }));
    case 'empty':
      return [];
    default:
      return now satisfies never;
  }
}

function isShown(face: Face, index: number): boolean {
  return !hiddenKeys.peek().has(keyOf(face, index));
}
