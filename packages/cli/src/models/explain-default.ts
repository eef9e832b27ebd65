/** Why the default network is the default, by the figures of the installed ones. */
import { isRecord } from '@mien/core';

/** What is compared of a network; `undefined` where its manifest does not say. */
export interface NetworkFigures {
  readonly id: string;
  /** Accuracy on FER2013's PublicTest, 0…1. */
  readonly publicTest: number | undefined;
  /** Accuracy on posed faces, 0…1. */
  readonly posed: number | undefined;
  /** Mean accuracy on PublicTest under ten corruptions of middle strength, 0…1. */
  readonly worse: number | undefined;
  /** Multiply-accumulate operations a face. */
  readonly macs: number | undefined;
}

const RULE =
  'the most accurate network, by FER2013 PublicTest and posed faces, that leaves a camera frame within 8 ms';

/** @param manifest as `JSON.parse` returns it */
export function figuresOf(id: string, manifest: unknown): NetworkFigures {
  const at = (...path: readonly string[]): number | undefined => {
    const value = path.reduce<unknown>((it, key) => (isRecord(it) ? it[key] : undefined), manifest);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  return {
    id,
    publicTest: at('metrics', 'FER2013 PublicTest', 'accuracy'),
    posed: at('metrics', 'posed faces', 'accuracy'),
    worse: at('metrics', 'FER2013 PublicTest', 'meanOfTenCorruptions'),
    macs: at('cost', 'macs'),
  };
}

/** One line for the default, and one for every other network. */
export function explainDefault(networks: readonly NetworkFigures[], defaultId: string): string {
  const own = networks.find(({ id }) => id === defaultId);
  if (own === undefined) return '';
  const others = networks.filter(({ id }) => id !== defaultId);
  return [
    `${defaultId} is the default: ${RULE} (${describe(own)})`,
    ...others.map((other) => `  beside it, ${other.id}: ${describe(other)}${compare(other, own)}`),
    '',
  ].join('\n');
}

function describe({ publicTest, posed, worse, macs }: NetworkFigures): string {
  const parts = [
    ...(publicTest === undefined ? [] : [`${toPercent(publicTest)} on PublicTest`]),
    ...(posed === undefined ? [] : [`${toPercent(posed)} on posed faces`]),
    ...(worse === undefined ? [] : [`${toPercent(worse)} on worse pictures`]),
    ...(macs === undefined ? [] : [`${(macs / 1e6).toFixed(1)} million MACs a face`]),
  ];
  return parts.length === 0 ? 'not measured' : parts.join(', ');
}

/** Says so if another network is more accurate: the default is a compromise. */
function compare(other: NetworkFigures, own: NetworkFigures): string {
  if (other.publicTest === undefined || own.publicTest === undefined || other.publicTest <= own.publicTest)
    return '';
  const ratio = (other.macs ?? NaN) / (own.macs ?? NaN);
  const cost = ratio > 1 ? ` at ${ratio.toFixed(1)} times the cost` : '';
  return `; more accurate${cost}, choose it with --model ${other.id}`;
}

function toPercent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
