import { describe, expect, it } from 'vitest';
import { en as teachEn } from '../teach/words/en.js';
import { zh as teachZh } from '../teach/words/zh.js';
import { en } from './en.js';
import { zh } from './zh.js';

/** Paths of all texts, with the number of parameters of those that are functions. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value === 'function') return [`${path}(${value.length})`];
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, `${path}/${key}`));
}

function textsOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [value];
}

describe('the texts', () => {
  it('are the same ones in every language', () => {
    expect(pathsOf(zh)).toEqual(pathsOf(en));
    expect(pathsOf(teachZh)).toEqual(pathsOf(teachEn));
  });

  it('are nowhere empty, and nowhere call an expression an emotion', () => {
    for (const text of [en, zh, teachEn, teachZh].flatMap(textsOf)) {
      if (typeof text !== 'string') continue;
      expect(text.trim()).not.toBe('');
      // The law speaks of emotions.
      if (!text.includes('2024/1689')) expect(text).not.toMatch(/emotion|情绪|情感/i);
    }
  });
});
