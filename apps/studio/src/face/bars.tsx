import { seriesOf } from '../state/series-of.js';
import { expressionName } from '../words/words.js';

interface BarsProps {
  /** In the order of the model. */
  readonly labels: readonly string[];
  readonly probabilities: Readonly<Record<string, number>>;
  /** Stands out. */
  readonly expression: string;
}

/** The probability of every label. */
export function Bars({ labels, probabilities, expression }: BarsProps) {
  return (
    <ul class="bars">
      {labels.map((label) => (
        <li
          key={label}
          class={label === expression ? 'highest' : ''}
          style={{ '--mark': `var(--series-${seriesOf(label, labels)})` }}
        >
          <span class="bar-name">{expressionName(label)}</span>
          <span class="bar-track">
            {/* A width would lay the page out again in each frame of its transition. */}
            <span style={{ transform: `scaleX(${(probabilities[label] ?? 0).toFixed(4)})` }} />
          </span>
          <span class="bar-figure">{percentOf(probabilities[label])}</span>
        </li>
      ))}
    </ul>
  );
}

/** Always as wide: figure spaces stand for the digits that are missing. */
export function percentOf(probability = 0): string {
  return `${(probability * 100).toFixed(1).padStart(5, '\u2007')} %`;
}
