/**
 * What a Mien model knows beside its network, as texts in the places that formats have for metadata.
 *
 * On the way in, a key of ours may mean something else to the tool that wrote it. So a text that is not what we
 * write is metadata like any other, not an error.
 */
import type { ExportableModel, ImportedModel } from './imported-model.js';

type Known = Pick<ImportedModel, 'labels' | 'inputRange' | 'crop' | 'metadata'>;

const MAX_LABELS = 1000;

export function parseOwnMetadata(entries: Readonly<Record<string, string>>): Known {
  const { labels, inputRange, crop, ...metadata } = entries;
  const known: { -readonly [K in keyof Known]: Known[K] } = { metadata };
  const names = readJson(labels);
  if (Array.isArray(names) && names.length <= MAX_LABELS && names.every((name) => typeof name === 'string')) {
    known.labels = names;
  }
  const range = readJson(inputRange);
  if (Array.isArray(range) && range.length === 2 && range.every(isNumber)) {
    known.inputRange = range as [number, number];
  }
  const geometry = readJson(crop);
  if (typeof geometry === 'object' && geometry !== null) {
    const { scale, offsetX, offsetY, upright } = geometry as Record<string, unknown>;
    if (isNumber(scale) && isNumber(offsetX) && isNumber(offsetY)) {
      known.crop = { scale, offsetX, offsetY, ...(typeof upright === 'boolean' && { upright }) };
    }
  }
  return known;
}

export function toOwnMetadata(model: ExportableModel): Record<string, string> {
  const { labels, inputRange, crop, metadata } = model;
  return {
    ...metadata,
    ...(labels && { labels: JSON.stringify(labels) }),
    ...(inputRange && { inputRange: JSON.stringify(inputRange) }),
    ...(crop && { crop: JSON.stringify(crop) }),
  };
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
