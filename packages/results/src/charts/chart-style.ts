/**
 * The colours of charts, in two palettes, and one style sheet that charts and pages share.
 *
 * In a page, the palette is a set of variables that follow the reader's colour scheme; a standalone drawing contains the
 * values. Series differ in lightness, and two of them also in dashes, for readers with colour vision deficiency.
 * Ref: Okabe, Ito 2008, "Color Universal Design": its hues, darkened or lightened for the background.
 */

export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly bad: string;
  readonly series: readonly [string, string, string, string, string, string, string, string];
}

export const LIGHT: Palette = {
  background: '#ffffff',
  text: '#1b1f24',
  muted: '#57606a',
  grid: '#e3e7ec',
  bad: '#b3261e',
  series: ['#0a66c2', '#c2500a', '#00805c', '#a8408c', '#8a6a00', '#3a86b8', '#5b4bb5', '#6b7280'],
};

export const DARK: Palette = {
  background: '#161b22',
  text: '#e6e9ee',
  muted: '#9da7b3',
  grid: '#2a313b',
  bad: '#ff8a80',
  series: ['#6cb4ff', '#ffa057', '#3fcf9f', '#e08cc8', '#e6c14a', '#8fd0f5', '#b3a6ff', '#a9b1bc'],
};

const SERIES_RULES = LIGHT.series
  .map(
    (_, index) =>
      `.line.series-${index + 1}{stroke:var(--series-${index + 1})}.dot.series-${index + 1},.best.series-${index + 1},.fill.series-${index + 1}{fill:var(--series-${index + 1})}`,
  )
  .join('\n');

/** The rules; they use {@link paletteVariables}. */
export const CHART_RULES = `
.chart{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
.chart text,.chart .text{fill:var(--text)}
.chart .name{fill:var(--muted)}
.chart .grid{stroke:var(--grid)}
.chart .axis,.chart .tick{stroke:var(--muted)}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .fine{stroke-width:1.2}
.chart .dashed{stroke-dasharray:5 4}
.chart .best{stroke:var(--background);stroke-width:2}
.chart .marker{stroke:var(--muted);stroke-dasharray:2 3}
.chart .marker-label{fill:var(--muted)}
.chart .missing{fill:none;stroke:var(--bad);stroke-width:1.8}
.chart .bar{fill:var(--series-1)}
.chart .gap{fill:var(--series-2);fill-opacity:.35;stroke:var(--series-2);stroke-width:1}
.chart .count{fill:var(--muted);fill-opacity:.55}
.chart .diagonal{stroke:var(--text);stroke-dasharray:4 4;stroke-width:1.2}
.chart .track{fill:var(--grid);fill-opacity:.6}
.chart .crowd{fill:var(--muted);fill-opacity:.55}
.hatch{fill:var(--background)}
${SERIES_RULES}`;

/** The palette as declarations of CSS variables. */
export function paletteVariables(palette: Palette): string {
  return [...variablesOf(palette)].map(([name, value]) => `--${name}:${value}`).join(';');
}

/**
 * A chart as a standalone file with its size and colours: for viewers, and for renderers that do not support CSS
 * variables.
 */
export function toStandaloneSvg(chart: string, palette: Palette = LIGHT): string {
  const values = variablesOf(palette);
  const rules = CHART_RULES.replace(/var\(--([\w-]+)\)/g, (_, name: string) => values.get(name) ?? 'none');
  const [, width = '0', height = '0'] = /viewBox="0 0 (\d+) (\d+)"/.exec(chart) ?? [];
  const background = `<rect width="${width}" height="${height}" fill="${palette.background}"/>`;
  return chart.replace(
    /^<svg ([^>]*)>/,
    (_, attributes: string) =>
      `<svg width="${width}" height="${height}" ${attributes}><style>${rules}</style>${background}`,
  );
}

function variablesOf({ series, ...colours }: Palette): Map<string, string> {
  return new Map([
    ...Object.entries(colours),
    ...series.map((value, index): [string, string] => [`series-${index + 1}`, value]),
  ]);
}
