import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from './random.js';

const draw = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.uniform());

describe('createRandom', () => {
  it('is sfc32: five outputs from the state 1, 2, 3, 4, as a transcription of PractRand in Python gives them', () => {
    const random = createRandom(0);
    random.restore([1, 2, 3, 4]);
    expect(draw(random, 5).map((value) => value * 2 ** 32)).toEqual([7, 34, 56623200, 188882296, 3431242869]);
  });

  it('repeats with a seed and differs between seeds, also where only the high word differs', () => {
    expect(draw(createRandom(7), 20)).toEqual(draw(createRandom(7), 20));
    const firsts = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => createRandom(seed).uniform());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('gives the number in its documentation', () => {
    expect(createRandom(7).uniform()).toBe(0.6230094989296049);
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('rejects the seed %d', (seed) => {
    expect(() => createRandom(seed)).toThrow(/seed must be a whole number/);
  });

  it('continues from a state that was saved as JSON', () => {
    const random = createRandom(3);
    draw(random, 17);
    const state = JSON.parse(JSON.stringify(random.state())) as ReturnType<Random['state']>;
    const expected = draw(random, 10);
    const other = createRandom(99);
    other.restore(state);
    expect(draw(other, 10)).toEqual(expected);
  });

  it('rejects an invalid state', () => {
    const random = createRandom(1);
    expect(() => {
      random.restore([1, 2, 3, -4]);
    }).toThrow(/a state is four whole numbers/);
  });

  it('forks by name, independent of earlier draws and their order', () => {
    const parent = createRandom(5);
    const before = draw(parent.fork('a'), 5);
    draw(parent, 100);
    parent.fork('b');
    expect(draw(parent.fork('a'), 5)).toEqual(before);
    const forks = ['a', 'b', 'ab', 'ba', '', 1, '1', 12, 21].map((name) => parent.fork(name).uniform());
    expect(new Set(forks).size).toBe(forks.length);
  });

  it('is uniform: mean, variance and ten bins of 100,000 draws are within five standard errors', () => {
    const values = draw(createRandom(11), 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(values.length));
    const bins = new Array<number>(10).fill(0);
    for (const value of values) bins[Math.floor(value * 10)]! += 1;
    for (const bin of bins) expect(Math.abs(bin - 10_000)).toBeLessThan(5 * Math.sqrt(100_000 * 0.1 * 0.9));
  });

  it('has consecutive forks that are uncorrelated', () => {
    const parent = createRandom(11).fork('augmentation');
    const values = Array.from({ length: 20_000 }, (_, row) => parent.fork(row).uniform() - 0.5);
    const lag = values.slice(1).reduce((sum, value, i) => sum + value * values[i]!, 0) / (values.length - 1);
    expect(Math.abs(lag * 12)).toBeLessThan(5 / Math.sqrt(values.length));
  });

  it('draws every integer of its range', () => {
    const random = createRandom(2);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[random.uniformInt(6)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(random.uniformInt(1)).toBe(0);
    expect(() => random.uniformInt(0)).toThrow(/uniformInt needs/);
  });

  it('is normal: mean 0, variance 1, 4.55 % beyond two standard deviations', () => {
    const random = createRandom(4);
    const values = Array.from({ length: 50_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    const tail = values.filter((value) => Math.abs(value) > 2).length / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.025);
    expect(Math.abs(variance - 1)).toBeLessThan(0.035);
    expect(Math.abs(tail - 0.0455)).toBeLessThan(0.005);
  });
});
