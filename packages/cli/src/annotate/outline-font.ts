/**
 * Text as outlines of glyphs. A machine without fonts (a container, a server) would draw empty boxes for SVG's own
 * `<text>`; a path looks the same everywhere. The font comes as an npm package: DejaVu Sans, whose Latin file
 * covers Greek and Cyrillic labels too.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import opentype, { type Font } from 'opentype.js';

const FONT_FILE = '@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff';

export interface OutlineFont {
  /** Length of a line of text in pixels, at `size` pixels an em. */
  measure(text: string, size: number): number;
  /** The `d` of an SVG path for a line of text whose baseline starts at (x, y). */
  toPath(text: string, x: number, y: number, size: number): string;
}

let loading: Promise<OutlineFont> | undefined;

/** The font, read once per process. */
export function loadOutlineFont(): Promise<OutlineFont> {
  loading ??= readOutlineFont();
  return loading;
}

async function readOutlineFont(): Promise<OutlineFont> {
  const bytes = await readFile(createRequire(import.meta.url).resolve(FONT_FILE));
  const font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return {
    measure: (text, size) => layOut(font, text, size).width,
    toPath: (text, x, y, size) =>
      layOut(font, text, size)
        .glyphs.map(({ glyph, offset }) => glyph.getPath(x + offset, y, size).toPathData(2))
        .join(''),
  };
}

/**
 * Glyph after glyph by their advances. The library's own layout refuses this font's substitution tables; labels
 * and figures need none.
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
