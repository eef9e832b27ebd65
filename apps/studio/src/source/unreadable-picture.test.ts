import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findPictureDefect } from './unreadable-picture.js';

const PORTRAIT = readFileSync(new URL('../../../../examples/eileen-collins.png', import.meta.url));

it.each([
  ['an empty file', '', 'image/jpeg', 'empty'],
  ['the beginning of a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), 'image/jpeg', 'damaged'],
  ['the beginning of a PNG without a type', PORTRAIT.subarray(0, 5000), '', 'damaged'],
  ['the beginning of a WebP', 'RIFF\n\0\0\0WEBPVP8 ', 'image/webp', 'damaged'],
  ['a text', 'only text', 'text/plain', 'notMedia'],
  ['a kind of pictures that browsers do not know', '\0\0\0\x18ftypheic', 'image/heic', 'unreadable'],
  ['a file of no known type', 'anything', '', 'unreadable'],
])('tells what is wrong with %s', async (_, content, type, expected) => {
  expect(await findPictureDefect(new Blob([content], { type }))).toBe(expected);
});
