/**
 * What a Mien model knows beside its network, as texts in the places that formats have for metadata.
 *
 * On the way in, a key of ours may mean something else to the tool that wrote it. So a text that is not what we
 * write is metadata like any other, not an error.
 */
import { CHANNEL_ORDERS, isRecord, OUTPUT_KINDS, type InputNormalization, type OutputKind } from '@mien/core';
import type { ExportableModel, ImportedModel } from './imported-model.js';

type Known = Pick<ImportedModel, 'labels' | 'inputRange' | 'normalization' | 'outputs' | 'crop' | 'metadata'>;

const MAX_LABELS = 1000;

export function parseOwnMetadata(entries: Readonly<Record<string, string>>): Known {
  const { labels, inputRange, normalization, outputs, crop, ...metadata } = entries;
  const known: { -readonly [K in keyof Known]: Known[K] } = { metadata };
  const names = readJson(labels);
  if (Array.isArray(names) && names.length <= MAX_LABELS && names.every((name) => typeof name === 'string')) {
    known.labels = names;
  }
  const range = readJson(inputRange);
  if (Array.isArray(range) && range.length === 2 && range.every(isNumber)) {
    known.inputRange = range as [number, number];
  }
  const steps = readJson(normalization);
  if (isNormalization(steps)) known.normalization = steps;
  const kind = readJson(outputs);
  if (isOutputKind(kind)) known.outputs = kind;
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
  const { labels, inputRange, normalization, outputs, crop, metadata } = model;
  return {
    ...metadata,
    ...(labels && { labels: JSON.stringify(labels) }),
    ...(inputRange && { inputRange: JSON.stringify(inputRange) }),
    ...(normalization && { normalization: JSON.stringify(normalization) }),
    ...(outputs && { outputs: JSON.stringify(outputs) }),
    ...(crop && { crop: JSON.stringify(crop) }),
  };
}

/** Whether a value has the form of a normalization; ranges and how many numbers there must be are the model's matter. */
export function isNormalization(value: unknown): value is InputNormalization {
  if (!isRecord(value)) return false;
  const { detail, exposure, mean, std, channelOrder } = value;
  const isList = (list: unknown): boolean =>
    list === undefined || (Array.isArray(list) && list.every(isNumber));
  const isOrder = channelOrder === undefined || CHANNEL_ORDERS.some((known) => known === channelOrder);
  const isExposure =
    exposure === undefined ||
    (isRecord(exposure) && [exposure['brightness'], exposure['contrast']].every(Array.isArray));
  const isDetail =
    detail === undefined || (isRecord(detail) && [detail['maxNoise'], detail['minSlope']].every(isNumber));
  return isDetail && isExposure && isList(mean) && isList(std) && isOrder;
}

export function isOutputKind(value: unknown): value is OutputKind {
  return OUTPUT_KINDS.some((known) => known === value);
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
