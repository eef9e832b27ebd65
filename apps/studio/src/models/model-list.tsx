/** The models to choose from: one reads, or several are compared. */
import {
  choices,
  choose,
  chosenIds,
  loadingIds,
  MOST_READERS,
  readers,
  removeChoice,
  type Checkpoint,
  type ModelChoice,
} from '../state/readers.js';
import { disagreement } from '../state/disagreement.js';
import { openNetwork } from '../network/open-network.jsx';
import { settings } from '../state/settings.js';
import { words } from '../words/words.js';
import { AddModel } from './add-model.jsx';
import { figuresOf } from './figures-of.js';
import { Rank } from './rank.jsx';

export function ModelList() {
  const { models } = words.value;
  const compared = disagreement.value;
  const runs = [...new Set(choices.value.map(({ checkpoint }) => checkpoint?.run))];
  return (
    <>
      {runs.map((run) => {
        const ofRun = choices.value.filter(({ checkpoint }) => checkpoint?.run === run);
        if (run === undefined) return <Choices key="" of={ofRun} />;
        return (
          <details class="run" key={`run ${run}`} open>
            <summary>{models.run(run, ofRun.length)}</summary>
            <Choices of={ofRun} />
          </details>
        );
      })}
      {compared.models > 1 && compared.faces > 0 && <p class="muted disagree">{models.compared(compared)}</p>}
      <AddModel />
    </>
  );
}

function Choices({ of }: { of: readonly ModelChoice[] }) {
  return (
    <ul class="models">
      {of.map((choice) => (
        <ModelRow key={choice.id} choice={choice} />
      ))}
    </ul>
  );
}

function ModelRow({ choice }: { choice: ModelChoice }) {
  const { models } = words.value;
  const { id, name, isOwn, checkpoint } = choice;
  const isChosen = chosenIds.value.includes(id);
  const isLoading = loadingIds.value.includes(id);
  const reader = readers.value.find((one) => one.choice.id === id);
  const isAlone = isChosen && chosenIds.value.length === 1;
  const isFull = chosenIds.value.length >= MOST_READERS;
  const rank = chosenIds.value.indexOf(id);
  return (
    <li class={isChosen ? 'chosen' : ''}>
      <button type="button" class="model" aria-pressed={isChosen} onClick={() => choose(id, false)}>
        <b>{checkpoint?.file ?? name}</b>
        {checkpoint?.isBest === true && <small class="best">★ {models.best[checkpoint.measure]}</small>}
        <small>{isLoading ? models.loading : describe(choice)}</small>
      </button>
      <div class="model-tools">
        {/* Alone, it is compared with nothing. */}
        {choices.value.length > 1 && !isAlone && (
          <label class="check">
            <input
              type="checkbox"
              checked={isChosen}
              disabled={!isChosen && isFull}
              title={!isChosen && isFull ? models.mostCompared(MOST_READERS) : undefined}
              onChange={() => choose(id, true)}
            />
            {models.compare}
            {rank >= 0 && chosenIds.value.length > 1 && <Rank index={rank} />}
          </label>
        )}
        {reader !== undefined && (
          <button type="button" class="quiet" onClick={() => openNetwork(reader)}>
            {models.layers}
          </button>
        )}
        {isOwn && checkpoint === undefined && (
          <button type="button" class="quiet" onClick={() => removeChoice(id)}>
            {models.remove}
          </button>
        )}
      </div>
    </li>
  );
}

/** What is known of a model, beside its name; of one of the person's own more of it once it is loaded. */
function describe({ id, sizeBytes, isOwn, checkpoint }: ModelChoice): string {
  const { models } = words.value;
  const bundled = isOwn ? undefined : figuresOf(id);
  const input = bundled?.input ?? readers.value.find(({ choice }) => choice.id === id)?.analyzer.model.input;
  const size = bundled?.sizeBytes ?? sizeBytes;
  const { accuracy, measuredOn = '', parameters } = bundled ?? {};
  return [
    ...(checkpoint === undefined ? [] : describeCheckpoint(checkpoint)),
    ...(accuracy === undefined ? [] : [models.accuracyOn((accuracy * 100).toFixed(1), measuredOn)]),
    ...(parameters === undefined
      ? []
      : [`${parameters.toLocaleString(settings.value.language)} ${models.parameters}`]),
    ...(input === undefined ? [] : [`${models.input} ${input.width}×${input.height}×${input.channels}`]),
    ...(size === undefined ? [] : [describeSize(size)]),
  ].join(' · ');
}

function describeSize(bytes: number): string {
  return bytes < 1e6
    ? `${Math.max(1, Math.round(bytes / 1000))}\u00a0KB`
    : `${(bytes / 1e6).toFixed(1)}\u00a0MB`;
}

function describeCheckpoint({ epoch, valAccuracy, valLoss }: Checkpoint): string[] {
  const { models } = words.value;
  // Names have two digits.
  const percent = valAccuracy === null ? '' : (valAccuracy * 100).toFixed(valLoss === null ? 0 : 1);
  return [
    ...(epoch === null ? [] : [models.epoch(epoch)]),
    ...(valAccuracy === null ? [] : [models.valAccuracy(percent)]),
  ];
}
