import { useMemo } from 'preact/hooks';
import { notify } from '../state/notices.js';
import { hiddenKeys, merge, merged, nameOf, names, rename, separate, toggleHidden } from '../state/people.js';
import { version } from '../state/recording.js';
import { mainId, scene, selectedKey } from '../state/scene.js';
import { words } from '../words/words.js';
import { followedPeople, isSeenWith } from './followed-people.js';

/** A name for the selected face, whether it is shown, and whether it is the same person as another one. */
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
      <div class="buttons">
        <button type="button" onClick={() => toggleHidden(selected)}>
          {hiddenKeys.value.has(selected) ? people.show : people.hide}
        </button>
        {[...merged.value.values()].includes(selected) && (
          <button type="button" onClick={() => separate(selected)}>
            {people.separate}
          </button>
        )}
      </div>
      {scene.value.kind !== 'pictures' && <SamePerson selected={selected} count={version.value} />}
    </div>
  );
}

/** @param count of results: the list grows with them */
function SamePerson({ selected, count }: { selected: number; count: number }) {
  const { people } = words.value;
  // Every result of an hour is looked through.
  const everyone = useMemo(() => followedPeople(), [count, mainId.value, merged.value]);
  const others = everyone.filter((key) => key !== selected);
  if (others.length === 0) return null;
  const join = (into: number): void => {
    if (isSeenWith(selected, into)) {
      notify(people.seenTogether(nameOf(selected), nameOf(into)));
      return;
    }
    merge(selected, into);
    selectedKey.value = into;
  };
  return (
    <label class="field">
      <span>{people.same}</span>
      <select
        value=""
        data-testid="same-person"
        onChange={({ currentTarget }) => {
          const { value } = currentTarget;
          currentTarget.value = '';
          if (value !== '') join(Number(value));
        }}
      >
        <option value="">{people.noOther}</option>
        {others.map((key) => (
          <option key={key} value={key}>
            {nameOf(key)}
          </option>
        ))}
      </select>
    </label>
  );
}
