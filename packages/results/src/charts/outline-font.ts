export interface OutlineFont {
  /** Length of a line of text in pixels, at `size` pixels an em. */
  measure(text: string, size: number): number;
  /** The `d` of an SVG path for a line of text whose baseline starts at (x, y). */
  toPath(text: string, x: number, y: number, size: number): string;
}
