/**
 * What a collection calls its labels, in our words.
 *
 *   name in the collection → a person's own map → synonyms → our name, or `null`: left out
 *
 * Ref: the two-letter codes are those of JAFFE (Lyons et al. 1998) and KDEF (Lundqvist et al. 1998).
 */
import { MienError } from '@mien/core';
import { FER2013_LABELS } from '@mien/core';
import { readTextFile } from './unreadable.js';

/** Names in a collection to our labels; `null` leaves pictures of that name out. */
export type LabelMap = Readonly<Record<string, string | null>>;

const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  angry: ['anger', 'an'],
  disgust: ['disgusted', 'di'],
  fear: ['fearful', 'afraid', 'scared', 'fe', 'af'],
  happy: ['happiness', 'joy', 'ha'],
  sad: ['sadness', 'sa'],
  surprise: ['surprised', 'su'],
  neutral: ['neutrality', 'ne'],
  contempt: ['contemptuous'],
};
const OUR_NAMES = new Map(
  Object.entries(SYNONYMS).flatMap(([name, others]) => [name, ...others].map((other) => [other, name])),
);
const MAX_MAP_BYTES = 1_048_576;
const MAX_NAMES = 1000;
const ADVICE = 'expected JSON such as {"anger": "angry", "contempt": null}';

/** Our name for a label, where it is one of ours under another name; otherwise the name as it is. */
export function toOurName(name: string): string {
  return OUR_NAMES.get(name.trim().toLowerCase()) ?? name.trim();
}

/**
 * Looks a label up: in `map` under the collection's name and under ours, and among the synonyms.
 *
 * @returns our label, or `null` where the map leaves it out
 */
export function resolveLabel(name: string, map: LabelMap = {}): string | null {
  const ours = toOurName(name);
  for (const key of [name, name.toLowerCase(), ours]) {
    const mapped = Object.hasOwn(map, key) ? map[key] : undefined;
    if (mapped !== undefined) return mapped;
  }
  return ours;
}

/** The order of labels: ours where all of them are among FER2013's seven, that of the alphabet otherwise. */
export function orderLabels(found: ReadonlySet<string>): readonly string[] {
  const ours = FER2013_LABELS.filter((label) => found.has(label));
  return ours.length === found.size ? ours : [...found].sort();
}

/**
 * Reads a label map: a JSON object whose values are names or null.
 *
 * @throws MienError `INPUT_UNREADABLE`, `INPUT_TOO_LARGE` or `INPUT_INVALID`
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  const text = await readTextFile(path, MAX_MAP_BYTES, ADVICE);
  const invalid = (problem: string, cause?: unknown): MienError =>
    new MienError('INPUT_INVALID', `${path}: ${problem}; ${ADVICE}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid('is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('is not a record of names');
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_NAMES) throw invalid(`has ${entries.length} names, at most ${MAX_NAMES} are read`);
  const map: Record<string, string | null> = {};
  for (const [name, label] of entries as [string, unknown][]) {
    if (label !== null && (typeof label !== 'string' || label.trim() === '')) {
      throw invalid(`${JSON.stringify(name)} must be a name or null, got ${JSON.stringify(label)}`);
    }
    Object.defineProperty(map, name, { value: label?.trim() ?? null, enumerable: true });
  }
  return map;
}
