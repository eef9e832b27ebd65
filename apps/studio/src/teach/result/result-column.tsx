/** The third column: how well the network reads, where that says little, and the network at work. */
import { exporting, saveNetwork, trained } from '../training/training.js';
import { teachWords } from '../words/words.js';
import { Confusion } from './confusion.jsx';
import { findWarnings } from './find-warnings.js';
import { TryIt } from './try-it.jsx';

/** Keras 3 first: it is what most tools read. */
const EXTENSIONS = ['.keras', '.hdf5', '.onnx', '.tflite', '.safetensors'] as const;

export function ResultColumn() {
  const { result } = teachWords.value;
  const done = trained.value;
  return (
    <section class="teach-column" aria-labelledby="teach-result">
      <h2 id="teach-result">
        <span class="step">3</span> {result.title}
      </h2>
      {done === undefined ? <p class="muted hint">{result.empty}</p> : <Figures done={done} />}
      <TryIt />
      {done !== undefined && <Save />}
    </section>
  );
}

function Figures({ done }: { done: NonNullable<typeof trained.value> }) {
  const { result } = teachWords.value;
  const { metrics, before, epoch, history, counts, labels } = done;
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  const warnings = findWarnings(counts, metrics.count);
  return (
    <>
      <p class="accuracy" data-testid="accuracy" data-count={metrics.count}>
        {result.accuracy(percent(metrics.accuracy), metrics.count)}{' '}
        {before !== undefined && result.before(before.name, percent(before.accuracy))}{' '}
        <span class="muted">{result.best(epoch.epoch, history.length)}</span>
      </p>
      {warnings.length > 0 && (
        <div class="warnings">
          <b>{result.warnings}</b>
          <ul>
            {warnings.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </div>
      )}
      <Confusion labels={labels} confusion={metrics.confusion} />
    </>
  );
}

function Save() {
  const { result } = teachWords.value;
  const busy = exporting.value;
  return (
    <div class="save-network">
      <h3>{result.save}</h3>
      <div class="label-actions">
        {EXTENSIONS.map((extension) => (
          <button
            key={extension}
            type="button"
            disabled={busy !== undefined}
            onClick={() => saveNetwork(extension)}
          >
            {busy === extension ? result.saving : extension}
          </button>
        ))}
      </div>
      <p class="muted hint">{result.saveHint}</p>
    </div>
  );
}
