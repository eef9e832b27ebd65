/** A figure of training by epoch: on the pictures that are trained on, and on those held out. */
import { teachWords } from '../words/words.js';

export interface CurveProps {
  readonly title: string;
  readonly trained: readonly number[];
  readonly heldOut: readonly number[];
  readonly format: (value: number) => string;
  /** Index of the epoch that is kept. */
  readonly best: number | undefined;
  /** Of a figure that has limits; else those of the values. */
  readonly limits?: readonly [low: number, high: number];
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [340, 132, 52, 8, 10, 22];

export function Curve({ title, trained, heldOut, format, best, limits }: CurveProps) {
  const { training } = teachWords.value;
  const values = [...trained, ...heldOut].filter(Number.isFinite);
  const [low, high] = limits ?? [Math.min(0, ...values), Math.max(0.1, ...values)];
  const last = Math.max(1, trained.length - 1);
  const x = (index: number) => LEFT + (index / last) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = (points: readonly number[]) =>
    points
      .map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)},${y(value).toFixed(1)}`)
      .join('');
  const [from, to] = [heldOut[0] ?? NaN, heldOut.at(-1) ?? NaN];
  return (
    <figure class="curve">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={training.curve(title, format(from), format(to))}
      >
        {[low, (low + high) / 2, high].map((value) => (
          <g key={value}>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 6} y={y(value)} dy="0.32em" text-anchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        <text x={LEFT} y={HEIGHT - 5}>
          1
        </text>
        {trained.length > 1 && (
          <text x={WIDTH - RIGHT} y={HEIGHT - 5} text-anchor="end">
            {trained.length}
          </text>
        )}
        <path class="line trained" d={path(trained)} />
        <path class="line held-out" d={path(heldOut)} />
        {best !== undefined && heldOut[best] !== undefined && (
          <circle class="best" cx={x(best)} cy={y(heldOut[best])} r="4" />
        )}
      </svg>
    </figure>
  );
}
