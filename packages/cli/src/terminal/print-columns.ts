/** Text tables, and quantities in readable units. */

export interface TextColumn {
  readonly head: string;
  /** Default: left. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** A header line and one line per row, without trailing spaces. */
export function toColumns(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ head }) => head), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => columnsOf(line[index] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map(({ align = 'left' }, index) => {
          const text = line[index] ?? '';
          const space = ' '.repeat((widths[index] ?? 0) - columnsOf(text));
          return align === 'left' ? text + space : space + text;
        })
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Counts code points, which is enough for names of layers and models. */
function columnsOf(text: string): number {
  return Array.from(text).length;
}

/** `1 234 567`. */
export function toCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `987 B`, `12.3 KB`, `131 MB`: a KB is 1000 bytes. */
export function toSize(bytes: number): string {
  return toScaled(bytes, ['B', 'KB', 'MB', 'GB', 'TB']);
}

/** `987`, `12.3 K`, `131 M`. */
export function toMagnitude(value: number): string {
  return toScaled(value, ['', 'K', 'M', 'G', 'T']);
}

function toScaled(value: number, units: readonly string[]): string {
  let scaled = value;
  let unit = 0;
  // 999.5 would be printed as 1000: use the next unit.
  for (; scaled >= 999.5 && unit < units.length - 1; unit++) scaled /= 1000;
  const digits = unit === 0 || scaled >= 99.95 ? scaled.toFixed(0) : scaled.toFixed(scaled >= 9.995 ? 1 : 2);
  return `${digits} ${units[unit] ?? ''}`.trimEnd();
}
