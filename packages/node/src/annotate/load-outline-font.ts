/**
 * Text as outlines of glyphs. On a machine without fonts (a container, a server), SVG's own `<text>` would be drawn as
 * empty boxes; a path looks the same everywhere. The font is an npm package: DejaVu Sans, whose Latin file also covers
 * Greek and Cyrillic.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { OutlineFont } from '@mien/results/charts';
import opentype, { type Font, type PathCommand } from 'opentype.js';

/** Bold is easier to read on a picture, regular in a drawing. */
export type FontWeight = 400 | 700;

const loading = new Map<FontWeight, Promise<OutlineFont>>();

/** The font, read once per process. */
export function loadOutlineFont(weight: FontWeight = 700): Promise<OutlineFont> {
  const font = loading.get(weight) ?? readOutlineFont(weight);
  loading.set(weight, font);
  return font;
}

async function readOutlineFont(weight: FontWeight): Promise<OutlineFont> {
  const file = `@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff`;
  const bytes = await readFile(createRequire(import.meta.url).resolve(file));
  const font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return {
    measure: (text, size) => layOut(font, text, size).width,
    toPath: (text, x, y, size) =>
      layOut(font, text, size)
        .glyphs.map(({ glyph, offset }) => toPathData(glyph.getPath(x + offset, y, size).commands))
        .join(''),
  };
}

/** The library's own function writes -0.001 as a 0 without separator. */
function toPathData(commands: readonly PathCommand[]): string {
  return commands
    .map((command) => {
      const { type } = command;
      if (type === 'Z') return type;
      const end = [command.x, command.y];
      const before =
        type === 'Q'
          ? [command.x1, command.y1]
          : type === 'C'
            ? [command.x1, command.y1, command.x2, command.y2]
            : [];
      return type + [...before, ...end].map((value) => Number(value.toFixed(2))).join(' ');
    })
    .join('');
}

/**
 * Places glyph after glyph by their advance widths. The library's own layout does not support this font's substitution
 * tables; labels and numbers need none.
 */
function layOut(font: Font, text: string, size: number) {
  let width = 0;
  const glyphs = Array.from(text, (character) => {
    const glyph = font.charToGlyph(character);
    const offset = width;
    width += ((glyph.advanceWidth ?? 0) * size) / font.unitsPerEm;
    return { glyph, offset };
  });
  return { glyphs, width };
}
