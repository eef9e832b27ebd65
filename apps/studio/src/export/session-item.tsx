/** The menu's entry for sessions: with pictures only if asked, and with its size first where that is large. */
import { useState } from 'preact/hooks';
import { toMegabytes } from '../words/quantities.js';
import { words } from '../words/words.js';
import { MenuItem } from './menu-item.jsx';
import { prepareSession, type PreparedSession } from './session-download.js';
import { WithPictures } from './with-pictures.jsx';

/** Mail and chat refuse larger files. */
const LARGE_BYTES = 20e6;

export function SessionItem() {
  const { export: names } = words.value;
  const [withPictures, setWithPictures] = useState(false);
  const [large, setLarge] = useState<PreparedSession>();
  const prepare = async (signal: AbortSignal): Promise<void> => {
    const session = await prepareSession(withPictures);
    if (signal.aborted) return;
    if (session.sizeBytes > LARGE_BYTES) setLarge(session);
    else session.download();
  };
  return (
    <>
      {large === undefined ? (
        <MenuItem name={names.session} run={prepare} />
      ) : (
        <MenuItem
          name={names.largeSession(toMegabytes(large.sizeBytes))}
          run={() => {
            large.download();
            setLarge(undefined);
          }}
        />
      )}
      <WithPictures
        isOn={withPictures}
        onChange={(isOn) => {
          setWithPictures(isOn);
          setLarge(undefined);
        }}
      />
    </>
  );
}
