/** Saving what was read: in the same forms as `mien analyze` writes, as a report, or as a session to open again. */
import { createFormatter, type Format } from '@mien/results';
import { videoProgress } from '../source/video.js';
import { framesOf, version } from '../state/recording.js';
import { labels, mainResult, modelsRead, picture, scene, shownModels } from '../state/scene.js';
import { words } from '../words/words.js';
import { collect } from './collect.js';
import { download } from './download.js';
import { fileName, stemOf } from './file-name.js';
import { MenuItem } from './menu-item.jsx';
import { SessionItem } from './session-item.jsx';
import { toImage } from './to-image.js';
import { useClosingDetails } from './use-closing-details.js';
import { VideoItems } from './video-items.jsx';

export function ExportMenu() {
  const { export: names } = words.value;
  const menu = useClosingDetails();
  const result = mainResult.value;
  const { kind } = scene.value;
  const isOverTime = kind !== 'pictures';
  const hasResults = isOverTime
    ? version.value > 0 && modelsRead().some(({ id }) => framesOf(id).length > 0)
    : result !== undefined;
  if (!hasResults) return null;
  const save = (format: Format) => () => download(toText(format), fileName(`.${format}`), 'text/plain');
  return (
    <details ref={menu} class="menu">
      <summary>{names.title}</summary>
      <div class="menu-list">
        <MenuItem name={names.report} run={saveReport} />
        <MenuItem name={names.csv} run={save('csv')} />
        <MenuItem name={names.json} run={save('json')} />
        <MenuItem name={names.ndjson} run={save('ndjson')} />
        {isOverTime && <MenuItem name={names.vtt} run={save('vtt')} />}
        {kind !== 'session' && result !== undefined && (
          <MenuItem
            name={names.image}
            run={async (signal) => {
              const image = await toImage(result);
              if (!signal.aborted) download(image, nameOfShown(), 'image/png');
            }}
          />
        )}
        <VideoItems />
        <hr />
        <SessionItem />
      </div>
    </details>
  );
}

/** Of several pictures, that of the one that is shown. */
function nameOfShown(): string {
  const ending = '-annotated.png';
  const shown = picture.peek();
  return shown === undefined ? fileName(ending) : stemOf(shown.name) + ending;
}

function toText(format: Format): string {
  const formatter = createFormatter(format, { labels: labels.peek() });
  return (
    collect()
      .map(({ saved }) => formatter.add(saved))
      .join('') + formatter.end()
  );
}

async function saveReport(signal: AbortSignal): Promise<void> {
  const { toReport } = await import('./report.js');
  const now = scene.peek();
  const page = await toReport({
    name: now.kind === 'video' || now.kind === 'session' ? now.name : 'a camera session',
    labels: labels.peek(),
    shown: collect(),
    isWhole: (videoProgress.peek() ?? 1) === 1,
    settings: [['read with', `Mien Studio, ${shownModels.peek()[0]?.name ?? ''}`]],
  });
  if (!signal.aborted) download(page, fileName('-report.html'), 'text/html');
}
