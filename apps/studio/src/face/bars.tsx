import { Rank } from '../models/rank.jsx';
import { seriesOf } from '../state/series-of.js';
import { expressionName } from '../words/words.js';

/** What a model reads of a face. */
export interface ModelReading {
  readonly probabilities: Readonly<Record<string, number>>;
  readonly expression: string;
}

interface BarsProps {
  /** In the order of the model. */
  readonly labels: readonly string[];
  /** Of each compared model, the leading one first; `undefined` where it found no such face. */
  readonly readings: readonly (ModelReading | undefined)[];
}

/** The probability of every label, by each of the models. */
export function Bars({ labels, readings }: BarsProps) {
  const expression = readings[0]?.expression;
  return (
    <ul class={`bars ${readings.length > 1 ? 'compared' : ''}`}>
      {labels.map((label) => (
        <li
          key={label}
          class={label === expression ? 'highest' : ''}
          style={{ '--mark': `var(--series-${seriesOf(label, labels)})` }}
        >
          <span class="bar-name">{expressionName(label)}</span>
          {readings.map((reading, index) => (
            <span key={index} class={lineClass(reading, label, expression)}>
              {readings.length > 1 && <Rank index={index} />}
              <span class="bar-track">
                {/* A width would lay the page out again in each frame of its transition. */}
                <span style={{ transform: `scaleX(${(reading?.probabilities[label] ?? 0).toFixed(4)})` }} />
              </span>
              <span class="bar-figure">{figureOf(reading, label)}</span>
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function lineClass(reading: ModelReading | undefined, label: string, leading: string | undefined): string {
  if (reading?.expression !== label) return 'bar-line';
  return label === leading ? 'bar-line highest' : 'bar-line highest differs';
}

/** A compared model may know other labels, or have found no such face. */
function figureOf(reading: ModelReading | undefined, label: string): string {
  const probability = reading?.probabilities[label];
  return probability === undefined ? '–' : percentOf(probability);
}

/** Always as wide: figure spaces stand for the digits that are missing. */
export function percentOf(probability = 0): string {
  return `${(probability * 100).toFixed(1).padStart(5, '\u2007')} %`;
}
