/** A line of CSV, without its line break. Ref: RFC 4180. */
export function toCsvLine(cells: readonly (string | number | boolean | undefined)[]): string {
  return cells.map((cell) => toCell(String(cell ?? ''))).join(',');
}

function toCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
