/**
 * Records of a CSV file: fields between commas, quoted where they hold commas, quotes (doubled) or line ends. Empty lines
 * are skipped, and blanks around fields that are not quoted.
 *
 * Ref: RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files".
 *
 * @param fail called with what is wrong
 */
export function parseCsvRecords(text: string, fail: (problem: string) => never): string[][] {
  const field = /[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^",\r\n]*))(,|\r?\n|$)/y;
  const records: string[][] = [];
  let record: string[] = [];
  while (field.lastIndex < text.length || record.length > 0) {
    const at = field.lastIndex;
    const [whole, quoted, plain = '', end = ''] =
      field.exec(text) ?? fail(`line ${records.length + 1} has a quote out of place`);
    record.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (end === ',') continue;
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
    if (at + whole.length >= text.length) break;
  }
  return records;
}
