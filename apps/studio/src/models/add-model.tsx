/** A model file of the person's own; what it does not say about itself is asked for. */
import { signal } from '@preact/signals';
import { MienError } from '@mien/web';
import { useState } from 'preact/hooks';
import { FileButton } from '../../../shared/files/file-button.jsx';
import { notify } from '../state/notices.js';
import { choices, choose, removeChoice, type ModelChoice } from '../state/readers.js';
import { onWipe } from '../state/wipers.js';
import { words } from '../words/words.js';

const ENDINGS = '.hdf5,.h5,.keras,.onnx,.tflite,.safetensors,.json,.bin,.data';
/** Weights that belong to another of the chosen files. */
const PART = /[.](bin|data|onnx_data|weights)$/i;
let nextId = 1;

/** A model that does not say what its outputs mean, or what its input is. */
const asked = signal<ModelChoice | undefined>(undefined);

onWipe(() => {
  asked.value = undefined;
});

function addModelFile(file: File, files: Readonly<Record<string, File>> = {}): void {
  add({ id: `own-${nextId++}`, name: file.name, source: file, files, sizeBytes: file.size, isOwn: true });
}

/** One model and the files that belong to it, or several models. */
export function addModelFiles(chosen: readonly File[]): void {
  const described = chosen.find(({ name }) => /[.]json$/i.test(name));
  const models = described === undefined ? chosen.filter(({ name }) => !PART.test(name)) : [described];
  for (const model of models) {
    const others = chosen.filter((file) => file !== model);
    addModelFile(model, Object.fromEntries(others.map((file) => [file.name, file])));
  }
}

function add(choice: ModelChoice): void {
  choices.value = [...choices.value, choice];
  choose(choice.id, false);
}

/** Asks for what the file does not say; names any other problem. The model is not among the choices any more. */
export function reportModelProblem(choice: ModelChoice, error: Error): void {
  if (choice.isOwn) removeChoice(choice.id);
  if (choice.isOwn && isContractMissing(error)) asked.value = choice;
  else notify(words.peek().problems.other(choice.name, error.message));
}

/** The message names the option by which a program would state it. */
function isContractMissing(error: Error): boolean {
  return (
    error instanceof MienError &&
    error.code === 'MODEL_INVALID' &&
    /the option (labels|inputRange)/.test(error.message)
  );
}

export function AddModel() {
  const { models } = words.value;
  return (
    <>
      <FileButton id="model-file" label={models.add} accept={ENDINGS} onFiles={addModelFiles} />
      {asked.value !== undefined && <Question key={asked.value.id} choice={asked.value} />}
    </>
  );
}

function Question({ choice }: { choice: ModelChoice }) {
  const { models } = words.value;
  const [text, setText] = useState('');
  const [range, setRange] = useState('-1,1');
  const end = () => {
    asked.value = undefined;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const labels = text
      .split(/[,，]/)
      .map((label) => label.trim())
      .filter((label) => label !== '');
    const [low = NaN, high = NaN] = range.split(/[,，]/).map(Number);
    end();
    add({
      ...choice,
      id: `own-${nextId++}`,
      ...(labels.length > 0 && { labels }),
      ...(Number.isFinite(low) && Number.isFinite(high) && { inputRange: [low, high] as const }),
    });
  };
  return (
    <form class="question" onSubmit={submit}>
      <b>{choice.name}</b>
      <p class="muted">{models.askLabels}</p>
      <label class="field">
        <span>{models.labels}</span>
        <input
          value={text}
          placeholder="angry,disgust,fear,happy,sad,surprise,neutral"
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{models.range}</span>
        <input value={range} onInput={({ currentTarget }) => setRange(currentTarget.value)} />
      </label>
      <div class="buttons">
        <button type="submit" class="main">
          {models.open}
        </button>
        <button type="button" onClick={end}>
          {models.cancel}
        </button>
      </div>
    </form>
  );
}
