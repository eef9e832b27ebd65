import { hiddenKeys } from '../state/people.js';
import { scene } from '../state/scene.js';
import { words } from '../words/words.js';

/** Whether a session is saved with its pictures. */
export function WithPictures({ isOn, onChange }: { isOn: boolean; onChange: (isOn: boolean) => void }) {
  const { export: names } = words.value;
  const isPictures = scene.value.kind === 'pictures';
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
        {isPictures ? names.withPictures : names.withSmallPictures}
      </label>
      {isOn && isPictures && hiddenKeys.value.size > 0 && <p class="muted hint">{names.hiddenInPictures}</p>}
    </>
  );
}
