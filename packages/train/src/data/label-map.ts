/**
 * Maps the label names of a collection to ours.
 *
 *   name in the collection → label map → synonyms → our name, or `null` to exclude
 *
 * Ref: the two-letter codes are those of JAFFE (Lyons et al. 1998) and KDEF (Lundqvist et al. 1998).
 */
import { FER2013_LABELS, MienError } from '@mien/core';

/** Label names of a collection to ours; `null` excludes pictures with this label. */
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
const MAX_NAMES = 1000;
/** What to do about a file that is no label map. */
export const LABEL_MAP_ADVICE = 'expected JSON such as {"anger": "angry", "contempt": null}';

/** Our name for a label if it is a synonym; otherwise the name itself. */
export function toOurName(name: string): string {
  return OUR_NAMES.get(name.trim().toLowerCase()) ?? name.trim();
}

/** Whether a name is an expression's, in any of its spellings. */
export function isExpression(name: string): boolean {
  return Object.hasOwn(SYNONYMS, toOurName(name));
}

/**
 * Looks up a label in `map`, under the collection's name and ours, and among the synonyms.
 *
 * @returns our label, or `null` when the map excludes it
 */
export function resolveLabel(name: string, map: LabelMap = {}): string | null {
  const ours = toOurName(name);
  for (const key of [name, name.toLowerCase(), ours]) {
    const mapped = Object.hasOwn(map, key) ? map[key] : undefined;
    if (mapped !== undefined) return mapped;
  }
  return ours;
}

/** Orders labels: as in FER2013 when all of them are among its seven, alphabetically otherwise. */
export function orderLabels(found: ReadonlySet<string>): readonly string[] {
  const ours = FER2013_LABELS.filter((label) => found.has(label));
  return ours.length === found.size ? ours : [...found].sort();
}

/**
 * Parses a label map: a JSON object whose values are names or null.
 *
 * @param source where the text is from, for messages
 * @throws MienError `INPUT_INVALID`
 */
export function parseLabelMap(text: string, source: string): LabelMap {
  const invalid = (problem: string, cause?: unknown): MienError =>
    new MienError('INPUT_INVALID', `${source}: ${problem}; ${LABEL_MAP_ADVICE}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid('is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('is not an object');
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
