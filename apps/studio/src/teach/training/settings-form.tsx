import { choices } from '../../state/readers.js';
import { change, settings } from '../../state/settings.js';
import { LIMITS, SCRATCH, type TeachSettings, type Trainable } from '../../state/teach-settings.js';
import { teachWords } from '../words/words.js';
import { startChoice } from './training.js';

const set = (changes: Partial<TeachSettings>): void =>
  change({ teach: { ...settings.peek().teach, ...changes } });

export function SettingsForm() {
  const { training } = teachWords.value;
  const { start, trainable, augments } = settings.value.teach;
  const chosen = startChoice(start);
  return (
    <>
      <label class="field">
        <span>{training.start}</span>
        <select
          value={chosen?.id ?? SCRATCH}
          onChange={({ currentTarget }) => set({ start: currentTarget.value })}
        >
          {choices.value.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          <option value={SCRATCH}>{training.scratch}</option>
        </select>
      </label>
      {chosen !== undefined && (
        <label class="field">
          <span>{training.layers}</span>
          <select
            value={trainable}
            onChange={({ currentTarget }) => set({ trainable: currentTarget.value as Trainable })}
          >
            <option value="lastLayer">{training.lastLayer}</option>
            <option value="all">{training.all}</option>
          </select>
        </label>
      )}
      <details class="teach-settings">
        <summary>{training.settings}</summary>
        <div class="pairs">
          <NumberField name="epochs" label={training.epochs} step="1" />
          <NumberField name="learningRate" label={training.learningRate} step="any" />
          <NumberField name="heldOut" label={training.heldOut} step="any" />
          <NumberField name="seed" label={training.seed} step="1" />
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={augments}
            onChange={({ currentTarget }) => set({ augments: currentTarget.checked })}
          />
          {training.augments}
        </label>
      </details>
    </>
  );
}

interface NumberFieldProps {
  readonly name: keyof typeof LIMITS;
  readonly label: string;
  readonly step: string;
}

/** Takes only what the settings take: anything else is put back to what it was. */
function NumberField({ name, label, step }: NumberFieldProps) {
  const value = settings.value.teach[name];
  const [min, max] = LIMITS[name];
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        {...{ min, max, step, value }}
        onChange={({ currentTarget }) => {
          const typed = currentTarget.valueAsNumber;
          const isWhole = step !== '1' || Number.isInteger(typed);
          if (typed >= min && typed <= max && isWhole) set({ [name]: typed });
          else currentTarget.value = String(value);
        }}
      />
    </label>
  );
}
