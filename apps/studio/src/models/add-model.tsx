/** A model file of the person's own; what it does not say about itself is asked for. */
import { useRef, useState } from 'preact/hooks';
import { choices, choose, type ModelChoice } from '../state/readers.js';
import { words } from '../words/words.js';

const ENDINGS = '.hdf5,.h5,.keras,.onnx,.tflite,.safetensors,.json';
let nextId = 1;

export function AddModel() {
  const { models } = words.value;
  const input = useRef<HTMLInputElement>(null);
  const [asked, setAsked] = useState<ModelChoice>();
  const take = async (files: FileList | null) => {
    const file = [...(files ?? [])].find(({ name }) => !name.endsWith('.json'));
    if (file === undefined) return;
    setAsked({
      id: `own-${nextId++}`,
      name: file.name,
      source: file,
      sizeBytes: file.size,
      isOwn: true,
    });
  };
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        {models.add}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={ENDINGS}
        onChange={({ currentTarget }) => {
          void take(currentTarget.files);
          currentTarget.value = '';
        }}
      />
      {asked !== undefined && <Question choice={asked} onEnd={() => setAsked(undefined)} />}
    </>
  );
}

function Question({ choice, onEnd }: { choice: ModelChoice; onEnd: () => void }) {
  const { models } = words.value;
  const [text, setText] = useState('');
  const [range, setRange] = useState('');
  const add = (event: Event) => {
    event.preventDefault();
    const labels = text
      .split(/[,，]/)
      .map((label) => label.trim())
      .filter((label) => label !== '');
    const [low = NaN, high = NaN] = range.split(/[,，]/).map(Number);
    const whole: ModelChoice = {
      ...choice,
      ...(labels.length > 0 && { labels }),
      ...(Number.isFinite(low) && Number.isFinite(high) && { inputRange: [low, high] as const }),
    };
    choices.value = [...choices.value, whole];
    choose(whole.id, false);
    onEnd();
  };
  return (
    <form class="question" onSubmit={add}>
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
        <input
          value={range}
          placeholder="-1,1"
          onInput={({ currentTarget }) => setRange(currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="main">
          {models.open}
        </button>
        <button type="button" onClick={onEnd}>
          {models.cancel}
        </button>
      </div>
    </form>
  );
}
