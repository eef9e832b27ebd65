/** The second column: what to start from, a few settings, and the course of training. */
import { bestEpoch } from './best-epoch.js';
import { teachWords } from '../words/words.js';
import { Curve } from './curve.jsx';
import { findObstacle } from './obstacle.js';
import { SettingsForm } from './settings-form.jsx';
import { secondsLeft } from './time-left.js';
import { csv, history, plan, progress, runState, startTraining, stopTraining } from './training.js';

export function TrainingColumn() {
  const { training } = teachWords.value;
  const obstacle = csv.value === undefined ? findObstacle() : undefined;
  const state = runState.value;
  return (
    <section class="teach-column" aria-labelledby="teach-training">
      <h2 id="teach-training">
        <span class="step">2</span> {training.title}
      </h2>
      <fieldset disabled={state !== 'idle'}>
        <SettingsForm />
      </fieldset>
      {state === 'idle' ? (
        <button
          type="button"
          class="main train"
          disabled={obstacle !== undefined}
          aria-describedby={obstacle === undefined ? undefined : 'teach-obstacle'}
          onClick={() => void startTraining()}
        >
          {training.train}
        </button>
      ) : (
        <button type="button" class="train" disabled={state !== 'running'} onClick={stopTraining}>
          {{ starting: training.starting, running: training.stop, stopping: training.stopping }[state]}
        </button>
      )}
      {obstacle !== undefined && state === 'idle' && (
        <p id="teach-obstacle" class="obstacle">
          {obstacle}
        </p>
      )}
      <Course />
    </section>
  );
}

function Course() {
  const { training } = teachWords.value;
  const epochs = history.value;
  const now = progress.value;
  const planned = plan.value;
  if (planned === undefined) return null;
  const doneEpochs = epochs.length;
  const inEpoch = now === undefined || now.epoch <= doneEpochs ? 0 : now.batch / now.batches;
  const share = Math.min(1, (doneEpochs + inEpoch) / planned.epochs);
  const best = bestEpoch(epochs);
  const percent = (value: number) => `${(value * 100).toFixed(0)} %`;
  const isRunning = runState.value !== 'idle';
  const left = isRunning ? secondsLeft({ ...planned, history: epochs, now }) : undefined;
  return (
    <div class="course" data-testid="course" data-loss={epochs.at(-1)?.loss} data-epochs={doneEpochs}>
      <div class="course-head">
        <span>
          {training.epoch(Math.min(doneEpochs + (isRunning ? 1 : 0), planned.epochs), planned.epochs)}
        </span>
        <span class="muted">{left === undefined ? '' : training.left(clockOf(left))}</span>
      </div>
      <progress max={1} value={share} aria-label={training.title} />
      <div class="course-legend">
        <span class="trained">{training.trained}</span>
        <span class="held-out">{training.heldOutCurve}</span>
        {best !== undefined && <span class="muted">● {training.best(best + 1)}</span>}
      </div>
      <Curve
        title={training.loss}
        trained={epochs.map(({ loss }) => loss)}
        heldOut={epochs.map(({ valLoss }) => valLoss)}
        format={(value) => value.toFixed(2)}
        best={best}
      />
      <Curve
        title={training.accuracy}
        trained={epochs.map(({ accuracy }) => accuracy)}
        heldOut={epochs.map(({ valAccuracy }) => valAccuracy)}
        format={percent}
        best={best}
        limits={[0, 1]}
      />
    </div>
  );
}

function clockOf(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(whole % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}
