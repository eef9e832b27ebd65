import { hiddenKeys, names, rename, toggleHidden } from '../state/people.js';
import { words } from '../words/words.js';

/** A name for the selected face, and whether it is shown. */
export function PersonControls({ selected }: { selected: number }) {
  const { people } = words.value;
  return (
    <div class="person">
      <label class="field">
        <span>{people.name}</span>
        <input
          key={selected}
          value={names.value.get(selected) ?? ''}
          maxLength={40}
          autocomplete="off"
          onInput={({ currentTarget }) => rename(selected, currentTarget.value)}
        />
      </label>
      <button type="button" onClick={() => toggleHidden(selected)}>
        {hiddenKeys.value.has(selected) ? people.show : people.hide}
      </button>
    </div>
  );
}
