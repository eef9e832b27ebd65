/** Contrast of the figures in the cells of a confusion matrix. Ref: WCAG 2.2, 1.4.3: at least 4.5. */
import { describe, expect, it } from 'vitest';
import { DARK, LIGHT } from '../charts/chart-style.js';
import { HEAT_STEPS } from '../charts/shade-confusion.js';
import { PAGE_STYLE } from './page-style.js';

type Rgb = readonly number[];

const [lightVariables = '', darkVariables = ''] = [...PAGE_STYLE.matchAll(/:root\{(.*?)\}/g)].map(
  ([, variables]) => variables ?? '',
);

function variable(variables: string, name: string): Rgb {
  const value = new RegExp(`--${name}:([^;]+)`).exec(variables)?.[1] ?? '';
  return value.startsWith('#') ? toRgb(value) : value.split(' ').map(Number);
}

function toRgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ['light', lightVariables, toRgb(LIGHT.background)],
  ['dark', darkVariables, toRgb(DARK.background)],
])('the confusion matrix of a %s page', (_, variables, background) => {
  it.each(['hit', 'miss'])('has readable figures in a %s of every step', (kind) => {
    for (let step = 0; step <= HEAT_STEPS; step++) {
      const rule = new RegExp(`\\.heat-${step}\\{--heat:([\\d.]+)(;color:var\\(--deep-text\\))?`).exec(
        PAGE_STYLE,
      );
      const alpha = Number(rule?.[1]);
      const cell = variable(variables, kind).map(
        (value, channel) => value * alpha + (background[channel] ?? 0) * (1 - alpha),
      );
      const text = variable(variables, rule?.[2] === undefined ? 'heat-text' : 'deep-text');
      expect(contrast(text, cell), `step ${step}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});
