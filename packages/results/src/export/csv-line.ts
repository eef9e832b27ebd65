/**
 * A line of CSV, without its line break. Ref: RFC 4180.
 *
 * A text that a spreadsheet would run as a formula, such as a file called `=1+1.png`, gets an apostrophe in front. Ref: OWASP,
 * "CSV Injection".
 */
export function toCsvLine(cells: readonly (string | number | boolean | undefined)[]): string {
  return cells.map((cell) => toCell(String(cell ?? ''))).join(',');
}

function toCell(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text));
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
