/** Saving what was read: in the same forms as `mien analyze` writes, as a report, or as a session to open again. */
import { createFormatter, type Format } from '@mien/results';
import { useState } from 'preact/hooks';
import { videoProgress } from '../source/video.js';
import { notify } from '../state/notices.js';
import { labels, mainResult, scene, shownModels } from '../state/scene.js';
import { saveSession } from '../session/session.js';
import { words } from '../words/words.js';
import { collect } from './collect.js';
import { download } from './download.js';
import { toImage } from './to-image.js';

export function ExportMenu() {
  const { export: names } = words.value;
  const [withPictures, setWithPictures] = useState(false);
  const result = mainResult.value;
  if (result === undefined) return null;
  const { kind } = scene.value;
  const isOverTime = kind !== 'pictures';
  const save = (format: Format) => () => download(toText(format), `mien.${format}`, 'text/plain');
  return (
    <details class="menu">
      <summary>{names.title}</summary>
      <div class="menu-list">
        <Item name={names.report} run={saveReport} />
        <Item name={names.csv} run={save('csv')} />
        <Item name={names.json} run={save('json')} />
        <Item name={names.ndjson} run={save('ndjson')} />
        {isOverTime && <Item name={names.vtt} run={save('vtt')} />}
        {kind !== 'session' && (
          <Item
            name={names.image}
            run={async () => download(await toImage(result), 'mien.png', 'image/png')}
          />
        )}
        <hr />
        <Item
          name={names.session}
          run={async () => download(await saveSession(withPictures), 'session.mien.json', 'application/json')}
        />
        {!isOverTime && (
          <label class="check">
            <input
              type="checkbox"
              checked={withPictures}
              onChange={({ currentTarget }) => setWithPictures(currentTarget.checked)}
            />
            {names.withPictures}
          </label>
        )}
      </div>
    </details>
  );
}

function Item({ name, run }: { name: string; run: () => void | Promise<void> }) {
  const start = async (): Promise<void> => {
    try {
      await run();
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <button type="button" onClick={() => void start()}>
      {name}
    </button>
  );
}

function toText(format: Format): string {
  const formatter = createFormatter(format, { labels: labels.peek() });
  return (
    collect()
      .map(({ saved }) => formatter.add(saved))
      .join('') + formatter.end()
  );
}

async function saveReport(): Promise<void> {
  const { toReport } = await import('./report.js');
  const now = scene.peek();
  const page = await toReport({
    name: now.kind === 'video' || now.kind === 'session' ? now.name : 'a camera session',
    labels: labels.peek(),
    shown: collect(),
    isWhole: (videoProgress.peek() ?? 1) === 1,
    settings: [['read with', `Mien Studio, ${shownModels.peek()[0]?.name ?? ''}`]],
  });
  download(page, 'mien-report.html', 'text/html');
}
