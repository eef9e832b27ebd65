export type TextStyle = 'bold' | 'dim' | 'green';

/** Properties of the terminal or file that text is printed to. */
export interface TextLayout {
  /** Characters per line. */
  readonly columns: number;
  /** The text in a style, or unchanged without colours. */
  style(style: TextStyle, text: string): string;
}

/** For files: no colours, 80 columns. */
export const PLAIN_LAYOUT: TextLayout = { columns: 80, style: (_, text) => text };
