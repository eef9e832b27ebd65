export type TextStyle = 'bold' | 'dim' | 'green';

/** What printed text may assume about where it is shown. */
export interface TextLayout {
  /** Characters a line. */
  readonly columns: number;
  /** The text in a style, or as it is where there is no colour. */
  style(style: TextStyle, text: string): string;
}

/** For files, which programs and people read alike: no colours, and bars as wide as on a page. */
export const PLAIN_LAYOUT: TextLayout = { columns: 80, style: (_, text) => text };
