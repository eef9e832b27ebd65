/** The menu's entry for sessions: with pictures only if asked, and with its size first where that is large. */
import { useState } from 'preact/hooks';
import { saveSession } from '../session/session.js';
import { hiddenKeys } from '../state/people.js';
import { scene } from '../state/scene.js';
import { toMegabytes } from '../words/quantities.js';
import { words } from '../words/words.js';
import { download } from './download.js';
import { MenuItem } from './menu-item.jsx';

const NAME = 'session.mien.json';
const TYPE = 'application/json';
/** Mail and chat refuse larger files. */
const LARGE_BYTES = 20e6;

export function SessionItem() {
  const { export: names } = words.value;
  const [withPictures, setWithPictures] = useState(false);
  const [large, setLarge] = useState<Blob>();
  const isPictures = scene.value.kind === 'pictures';
  const prepare = async (signal: AbortSignal): Promise<void> => {
    const file = new Blob([await saveSession(withPictures)], { type: TYPE });
    if (signal.aborted) return;
    if (file.size > LARGE_BYTES) setLarge(file);
    else download(file, NAME, TYPE);
  };
  return (
    <>
      {large === undefined ? (
        <MenuItem name={names.session} run={prepare} />
      ) : (
        <MenuItem
          name={names.largeSession(toMegabytes(large.size))}
          run={() => {
            download(large, NAME, TYPE);
            setLarge(undefined);
          }}
        />
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={withPictures}
          onChange={({ currentTarget }) => {
            setWithPictures(currentTarget.checked);
            setLarge(undefined);
          }}
        />
        {isPictures ? names.withPictures : names.withSmallPictures}
      </label>
      {withPictures && isPictures && hiddenKeys.value.size > 0 && (
        <p class="muted hint">{names.hiddenInPictures}</p>
      )}
    </>
  );
}
