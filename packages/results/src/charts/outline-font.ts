/** A font that gives text as outlines, which look the same on machines without fonts. */
export interface OutlineFont {
  /** Width of a line of text in pixels, at `size` pixels per em. */
  readonly measure: (text: string, size: number) => number;
  /** The `d` attribute of an SVG path for a line of text whose baseline starts at (x, y). */
  readonly toPath: (text: string, x: number, y: number, size: number) => string;
}
