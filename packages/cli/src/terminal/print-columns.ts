/** Rows of texts as columns, and quantities as people read them. */

export interface Column {
  readonly head: string;
  /** Default: left. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** A head line and one line per row; nothing follows the last text of a line. */
export function toColumns(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
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

/** Code points, not UTF-16 units; names of layers and models need no more. */
function columnsOf(text: string): number {
  return Array.from(text).length;
}

/** `1 234 567`. */
export function toCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `987 B`, `12.3 KB`, `131 MB`: of 1000 bytes, as file managers count. */
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
  // What would be printed as 1000 is 1 of the next unit.
  for (; scaled >= 999.5 && unit < units.length - 1; unit++) scaled /= 1000;
  const digits = unit === 0 || scaled >= 99.95 ? scaled.toFixed(0) : scaled.toFixed(scaled >= 9.995 ? 1 : 2);
  return `${digits} ${units[unit] ?? ''}`.trimEnd();
}
