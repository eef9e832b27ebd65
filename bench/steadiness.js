// Smoothing: stable or fast? node bench/steadiness.js
//
// A simulated face at 30 frames per second for 20 minutes. Its logits vary (first-order noise, correlated over 100 ms) around
// those of one expression, which changes every five seconds. For each response time the bench prints how often per minute the
// shown expression flips without a change, and how late changes are shown, with and without hysteresis.
// Result: bench/results/steadiness.json, which docs/FOLLOWING.md shows.
// @ts-check
import { writeFileSync } from 'node:fs';
import { ExpressionSmoother } from '../packages/core/dist/modules/track/expression-smoother.js';
import { createTestRandom } from '../packages/core/dist/modules/testing/test-random.js';

const STEP_MS = 1000 / 30;
const MINUTES = 20;
const HOLD_MS = 5000;
const LABELS = 7;
/** Lead of the true expression's logit over the others, and standard deviation of the noise of each logit. */
const LEAD = 2;
const NOISE = 1.2;
const CORRELATION_MS = 100;

const random = createTestRandom(1);
/** Ref: Box, Muller, "A note on the generation of random normal deviates", 1958. */
const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
const truthAt = (/** @type {number} */ ms) => Math.floor(ms / HOLD_MS) % 3;

const keep = Math.exp(-STEP_MS / CORRELATION_MS);
const noise = Array.from({ length: LABELS }, () => NOISE * normal());
const course = Array.from({ length: Math.round((MINUTES * 60_000) / STEP_MS) }, (_, index) => {
  const ms = index * STEP_MS;
  noise.forEach((value, i) => (noise[i] = keep * value + NOISE * Math.sqrt(1 - keep ** 2) * normal()));
  const powers = noise.map((value, label) => Math.exp(value + (label === truthAt(ms) ? LEAD : 0)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return { ms, reading: powers.map((power) => power / sum) };
});

/** @param {(reading: number[], ms: number) => number} show */
function measure(show) {
  let [flips, shown, right] = [0, -1, 0];
  /** @type {number[]} */
  const delays = [];
  let waitingSince = NaN;
  for (const [index, { ms, reading }] of course.entries()) {
    const truth = truthAt(ms);
    if (index > 0 && truth !== truthAt(course[index - 1]?.ms ?? 0)) waitingSince = ms;
    const now = show(reading, ms);
    if (now === truth) right++;
    if (now !== shown && index > 0) {
      if (now === truth && !Number.isNaN(waitingSince)) {
        delays.push(ms - waitingSince);
        waitingSince = NaN;
      } else flips++;
    }
    shown = now;
  }
  delays.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => Math.round(delays[Math.floor(share * delays.length)] ?? NaN);
  return {
    flipsPerMinute: flips / MINUTES,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    right: right / course.length,
  };
}

const best = (/** @type {ArrayLike<number>} */ values) =>
  Array.from(values).indexOf(Math.max(...Array.from(values)));

const rows = [0, 100, 200, 300, 500, 800, 1500].map((responseTimeMs) => {
  const [smoother, plain] = [new ExpressionSmoother(responseTimeMs), new ExpressionSmoother(responseTimeMs)];
  const measured = measure((reading, ms) => smoother.next(reading, ms).shown);
  // The highest smoothed probability, which would be shown without hysteresis.
  const without = measure((reading, ms) => best(plain.next(reading, ms).probabilities));
  return { responseTimeMs, ...measured, flipsWithout: responseTimeMs === 0 ? null : without.flipsPerMinute };
});
console.log('responseTimeMs  flips/min  median    p95    right  without hysteresis');
for (const { responseTimeMs, flipsPerMinute, medianMs, p95Ms, right, flipsWithout } of rows) {
  const figures = [
    responseTimeMs,
    flipsPerMinute.toFixed(1),
    medianMs,
    p95Ms,
    `${(100 * right).toFixed(1)} %`,
  ];
  console.log(
    `${figures.map((figure) => String(figure).padStart(7)).join('  ')}  ${flipsWithout?.toFixed(1) ?? ''}`,
  );
}
const conditions = {
  framesPerSecond: 30,
  minutes: MINUTES,
  holdMs: HOLD_MS,
  lead: LEAD,
  noise: NOISE,
  correlationMs: CORRELATION_MS,
};
writeFileSync(
  new URL('results/steadiness.json', import.meta.url),
  `${JSON.stringify({ conditions, rows }, null, 2)}\n`,
);
