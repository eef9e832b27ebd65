/**
 * Groups of pictures, such as people of one age, as a user's CSV file names them:
 *
 *   picture,age,skin tone
 *   test/happy/0001.png,60 and over,dark
 *   test/happy/0002.png,,light
 *
 * The first column names a picture: its path in the folder, or for FER2013's CSV the number of its row, from 1. Every
 * other column is one way to divide pictures into groups; an empty cell says that the group is not known.
 */
import { MienError } from '@mien/core';
import { sourceOf, type Dataset } from './dataset.js';
import { parseCsvRecords } from './parse-csv-records.js';
import { quote } from './quote.js';

/** What to do about a file that has no groups. */
export const GROUPS_ADVICE =
  'expected CSV with a header, such as picture,age and then a/0001.png,60 and over';
const MAX_COLUMNS = 20;
/** Of one column: more are numbers rather than groups. */
const MAX_GROUPS = 100;
const MAX_NAME_LENGTH = 100;

/** One way to divide pictures into groups. */
export interface Grouping {
  /** The column's name. */
  readonly name: string;
  /** In the order of their names. */
  readonly groups: readonly string[];
  /** Index of the group of each row of the dataset; −1 where it is not known. */
  readonly groupOf: Int16Array;
}

/**
 * @param text the CSV file
 * @param source where the text is from, for messages
 * @throws MienError `INPUT_INVALID` for another form, and for pictures that the data does not have
 */
export function parseGroups(text: string, source: string, dataset: Dataset): readonly Grouping[] {
  const fail = (problem: string): never => {
    throw new MienError('INPUT_INVALID', `${source}: ${problem}; ${GROUPS_ADVICE}`);
  };
  const [header = [], ...records] = parseCsvRecords(text, fail);
  const [, ...names] = header;
  if (names.length === 0) fail(`it has ${header.length === 0 ? 'no lines' : 'only one column'}`);
  if (names.length > MAX_COLUMNS) fail(`it has ${names.length} groupings, at most ${MAX_COLUMNS} are read`);
  if (names.includes('') || new Set(names).size < names.length) {
    fail('its columns need names that differ');
  }
  const rowOf = createRowFinder(dataset);
  const seen = new Set<number>();
  const cells = names.map((): string[] => Array.from({ length: dataset.count }, () => ''));
  records.forEach(([picture = '', ...groups], index) => {
    const line = `line ${index + 2}`;
    if (groups.length !== names.length) {
      fail(`${line} has ${groups.length + 1} columns instead of ${names.length + 1}`);
    }
    const row = rowOf(picture) ?? fail(`${line}: the data has no picture ${quote(picture)}`);
    if (seen.has(row)) fail(`${line}: ${quote(picture)} has a line already`);
    seen.add(row);
    groups.forEach((group, column) => {
      if (group.length > MAX_NAME_LENGTH) fail(`${line}: ${quote(group)} is too long for a group's name`);
      cells[column]![row] = group;
    });
  });
  if (records.length === 0) fail('it names no picture');
  return names.map((name, column) => {
    const groups = [...new Set(cells[column])].filter((group) => group !== '').sort();
    if (groups.length === 0) fail(`its column ${quote(name)} is empty`);
    if (groups.length > MAX_GROUPS) {
      fail(`its column ${quote(name)} has ${groups.length} groups, at most ${MAX_GROUPS} are measured`);
    }
    const positions = new Map(groups.map((group, position) => [group, position]));
    const groupOf = Int16Array.from(cells[column]!, (group) => positions.get(group) ?? -1);
    return { name, groups, groupOf };
  });
}

function createRowFinder(dataset: Dataset): (picture: string) => number | undefined {
  if (dataset.sources === undefined) {
    return (picture) => {
      const row = /^\d+$/.test(picture) ? Number(picture) - 1 : -1;
      return row >= 0 && row < dataset.count ? row : undefined;
    };
  }
  const rows = new Map(Array.from({ length: dataset.count }, (_, row) => [sourceOf(dataset, row), row]));
  // Windows' backslashes as in paths that its programs write.
  return (picture) => rows.get(picture) ?? rows.get(picture.replaceAll('\\', '/').replace(/^\.\//, ''));
}
