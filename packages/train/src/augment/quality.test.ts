import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { drawQuality, type QualityLoss } from './quality.js';

const STRENGTHS = { probability: 1, blurSigmaPx: 2, downscale: 0.5, noiseSigma: 10, jpegQuality: 30 };
const COUNT = 4000;

const draw = (strengths: typeof STRENGTHS, i: number): QualityLoss => {
  const loss = drawQuality(strengths, createRandom(6).fork(i));
  if (loss === undefined) throw new Error('nothing was drawn');
  return loss;
};

describe('drawQuality', () => {
  const draws = Array.from({ length: COUNT }, (_, i) => draw(STRENGTHS, i));

  it('changes the given share of the pictures', () => {
    const losses = Array.from({ length: COUNT }, (_, i) =>
      drawQuality({ ...STRENGTHS, probability: 0.2 }, createRandom(6).fork(i)),
    );
    const changed = losses.filter(Boolean).length;
    expect(Math.abs(changed - COUNT / 5)).toBeLessThan(5 * Math.sqrt(COUNT * 0.2 * 0.8));
  });

  it('draws each uniformly from none to its strength', () => {
    const kinds = {
      blur: (loss: QualityLoss) => loss.blurSigmaPx / 2,
      downscale: (loss: QualityLoss) => (1 - loss.downscale) / 0.5,
      noise: (loss: QualityLoss) => loss.noiseSigma / 10,
      // 71 integer qualities, equally likely.
      jpeg: (loss: QualityLoss) => ((loss.jpegQuality ?? NaN) - 30 + 0.5) / 71,
    };
    for (const kind of Object.values(kinds)) {
      const values = draws.map(kind);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.98);
      const mean = values.reduce((sum, value) => sum + value, 0) / COUNT;
      expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * COUNT));
    }
    expect(new Set(draws.map((loss) => loss.jpegQuality)).size).toBe(71);
    expect(new Set(draws.map((loss) => loss.noiseKeys.join(' '))).size).toBe(COUNT);
  });

  it('leaves the other draws unchanged when one is switched off', () => {
    const full = draw(STRENGTHS, 7);
    expect(draw({ ...STRENGTHS, blurSigmaPx: 0 }, 7)).toEqual({ ...full, blurSigmaPx: 0 });
    expect(draw({ ...STRENGTHS, downscale: 1 }, 7)).toEqual({ ...full, downscale: 1 });
    expect(draw({ ...STRENGTHS, noiseSigma: 0 }, 7)).toEqual({ ...full, noiseSigma: 0 });
    expect(draw({ ...STRENGTHS, jpegQuality: 100 }, 7)).toEqual({ ...full, jpegQuality: undefined });
  });
});
