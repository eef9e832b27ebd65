/** The models to choose from: one reads, or several are compared. */
import {
  choices,
  choose,
  chosenIds,
  loadingIds,
  readers,
  removeChoice,
  type ModelChoice,
} from '../state/readers.js';
import { disagreement } from '../state/disagreement.js';
import { words } from '../words/words.js';
import { AddModel } from './add-model.jsx';

export function ModelList() {
  const { models } = words.value;
  const { differing, compared } = disagreement.value;
  return (
    <>
      <ul class="models">
        {choices.value.map((choice) => (
          <ModelRow key={choice.id} choice={choice} />
        ))}
      </ul>
      {chosenIds.value.length > 1 && compared > 0 && (
        <p class="muted disagree">{models.disagree(differing, compared)}</p>
      )}
      <AddModel />
    </>
  );
}

function ModelRow({ choice }: { choice: ModelChoice }) {
  const { models } = words.value;
  const { id, name, isOwn } = choice;
  const isChosen = chosenIds.value.includes(id);
  const isLoading = loadingIds.value.includes(id);
  const rank = chosenIds.value.indexOf(id);
  return (
    <li class={isChosen ? 'chosen' : ''}>
      <button type="button" class="model" aria-pressed={isChosen} onClick={() => choose(id, false)}>
        <b>{name}</b>
        <small>{isLoading ? models.loading : describe(choice)}</small>
      </button>
      {choices.value.length > 1 && (
        <label class="check">
          <input
            type="checkbox"
            checked={isChosen}
            disabled={isChosen && chosenIds.value.length === 1}
            onChange={() => choose(id, true)}
          />
          {models.compare}
          {rank >= 0 && chosenIds.value.length > 1 && <span class="rank">{'ABCD'[rank]}</span>}
        </label>
      )}
      {isOwn && (
        <button type="button" class="quiet" onClick={() => removeChoice(id)}>
          {models.remove}
        </button>
      )}
    </li>
  );
}

function describe({ id, sizeBytes }: ModelChoice): string {
  const { models } = words.value;
  const { input, metrics } = readers.value.find(({ choice }) => choice.id === id)?.analyzer.model ?? {};
  const accuracy = accuracyOf(metrics);
  return [
    ...(accuracy === undefined ? [] : [`${(accuracy * 100).toFixed(1)} % ${models.onPublicTest}`]),
    ...(input === undefined ? [] : [`${models.input} ${input.width}×${input.height}×${input.channels}`]),
    ...(sizeBytes === undefined ? [] : [`${Math.max(1, Math.round(sizeBytes / 1000))} KB`]),
  ].join(' · ');
}

/** Of FER2013's PublicTest, where the manifest states it; manifests are taken as they are, so nothing about them is sure. */
function accuracyOf(metrics: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const measured = metrics?.['FER2013 PublicTest'] as { readonly accuracy?: unknown } | null | undefined;
  return typeof measured?.accuracy === 'number' ? measured.accuracy : undefined;
}
