/**
 * How a network is fed: the size, channels and range of its input, and what it wants beyond a range.
 *
 * Pictures are cropped and judged in the range. Detail, exposure, means, deviations and the order of channels come last, right before
 * the network runs (`classify/normalize-inputs.ts`), for faces that are analysed and pictures that are measured or trained on.
 */
import { createReader } from './manifest-reader.js';

export const CHANNEL_ORDERS = ['RGB', 'BGR'] as const;
export type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

/** How bright and how rich in contrast pictures should be, in shares of the input's range (0…1). */
export interface ExposureRange {
  /** Of the mean of a picture's samples. */
  readonly brightness: readonly [least: number, most: number];
  /** Of their standard deviation. */
  readonly contrast: readonly [least: number, most: number];
}

/** How noisy and how soft pictures may be, in shares of the standard deviation of a picture's samples. */
export interface DetailRange {
  /** Of the standard deviation of its noise. */
  readonly maxNoise: number;
  /** Of the root mean square of its slopes, a pixel. */
  readonly minSlope: number;
}

/**
 * What is done after samples were mapped to the input's range: first detail, then exposure, then `(value − mean) / std` of each
 * channel.
 */
export interface InputNormalization {
  /** Noisier pictures are smoothed, softer ones sharpened (`classify/normalize-detail.ts`). Default: all are left as they are. */
  readonly detail?: DetailRange;
  /** Pictures outside are brought to its nearer end (`classify/normalize-exposure.ts`). Default: all are left as they are. */
  readonly exposure?: ExposureRange;
  /** Of each channel in the network's order. Default 0. */
  readonly mean?: readonly number[];
  /** Of each channel in the network's order. Default 1. */
  readonly std?: readonly number[];
  /** Which colour the first channel is. Default `RGB`. */
  readonly channelOrder?: ChannelOrder;
}

/** The input of a network: a picture, as float32 `[count, height, width, channels]`. */
export interface InputContract {
  readonly width: number;
  readonly height: number;
  /** 1 is grey (ITU-R 601 luma), 3 is RGB. */
  readonly channels: 1 | 3;
  /** Values that the samples 0 and 255 are mapped to. */
  readonly range: readonly [low: number, high: number];
  /** Noisier pictures are smoothed, softer ones sharpened. Default: left as they are. */
  readonly detail?: DetailRange;
  /** Darker, brighter, flatter and harsher pictures are brought to the nearer end. Default: left as they are. */
  readonly exposure?: ExposureRange;
  /** Subtracted from each channel after the range, in the network's order of channels. Default 0. */
  readonly mean?: readonly number[];
  /** Divides each channel after that. Default 1. */
  readonly std?: readonly number[];
  /** Which colour the network's first channel is. Default `RGB`. */
  readonly channelOrder?: ChannelOrder;
}

/** Order of the axes of a network's input. */
export const INPUT_LAYOUTS = ['NHWC', 'NCHW'] as const;
export type InputLayout = (typeof INPUT_LAYOUTS)[number];

/**
 * Parses an input range: two different finite numbers.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function parseRange(value: unknown, source: string): readonly [number, number] {
  const read = createReader(source);
  if (!Array.isArray(value) || value.length !== 2) throw read.error('input.range', 'two numbers', value);
  const low = read.number('input.range[0]', value[0], -1e6, 1e6);
  const high = read.number('input.range[1]', value[1], -1e6, 1e6);
  if (low === high) throw read.error('input.range', 'two different numbers', value);
  return [low, high];
}

/**
 * Parses the input of a network.
 *
 * @throws MienError `MODEL_INVALID`
 */
export function parseInput(value: unknown, source: string): InputContract {
  const read = createReader(source);
  const input = read.record('input', value);
  const { channels, layout } = input;
  if (channels !== 1 && channels !== 3) throw read.error('input.channels', '1 (grey) or 3 (RGB)', channels);
  // Networks of this engine are NHWC; ONNX and TFLite files may be either.
  if (!INPUT_LAYOUTS.some((known) => known === layout)) {
    throw read.error('input.layout', INPUT_LAYOUTS.join(' or '), layout);
  }
  return {
    width: read.side('input.width', input['width']),
    height: read.side('input.height', input['height']),
    channels,
    range: parseRange(input['range'], source),
    ...parseNormalization(input, channels, source),
  };
}

/**
 * Parses detail, exposure, channel means, deviations and order, as far as they are there.
 *
 * @param value with the keys `detail`, `exposure`, `mean`, `std` and `channelOrder`
 * @throws MienError `MODEL_INVALID`
 */
export function parseNormalization(
  value: Readonly<Record<string, unknown>>,
  channels: number,
  source: string,
): InputNormalization {
  const read = createReader(source);
  const numbers = (key: 'mean' | 'std', isValid: (number: number) => boolean, what: string) => {
    const list = value[key];
    if (list === undefined) return undefined;
    const isList =
      Array.isArray(list) &&
      list.length === channels &&
      list.every((item) => typeof item === 'number' && Number.isFinite(item) && isValid(item));
    if (!isList) throw read.error(`input.${key}`, `${what} for each of ${channels} channels`, list);
    return list as readonly number[];
  };
  const mean = numbers('mean', () => true, 'a number');
  const std = numbers('std', (number) => number > 0, 'a number above 0');
  const order = value['channelOrder'];
  const channelOrder = CHANNEL_ORDERS.find((known) => known === order);
  if (order !== undefined && channelOrder === undefined) {
    throw read.error('input.channelOrder', CHANNEL_ORDERS.join(' or '), order);
  }
  const exposure = value['exposure'] === undefined ? undefined : parseExposure(value['exposure'], source);
  const detail = value['detail'] === undefined ? undefined : parseDetail(value['detail'], source);
  return {
    ...(detail && { detail }),
    ...(exposure && { exposure }),
    ...(mean && { mean }),
    ...(std && { std }),
    ...(channelOrder && { channelOrder }),
  };
}

function parseDetail(value: unknown, source: string): DetailRange {
  const read = createReader(source);
  const detail = read.record('input.detail', value);
  const share = (key: keyof DetailRange): number => read.number(`input.detail.${key}`, detail[key], 0, 1);
  return { maxNoise: share('maxNoise'), minSlope: share('minSlope') };
}

function parseExposure(value: unknown, source: string): ExposureRange {
  const read = createReader(source);
  const exposure = read.record('input.exposure', value);
  const range = (key: keyof ExposureRange, most: number): readonly [number, number] => {
    const ends = exposure[key];
    const name = `input.exposure.${key}`;
    if (!Array.isArray(ends) || ends.length !== 2) throw read.error(name, 'two numbers', ends);
    const low = read.number(`${name}[0]`, ends[0], 0, most);
    return [low, read.number(`${name}[1]`, ends[1], low, most)];
  };
  // No samples of 0…1 deviate by more than a half.
  return { brightness: range('brightness', 1), contrast: range('contrast', 0.5) };
}

/** The normalization that a manifest's input states; `undefined` for none. */
export function normalizationOf({
  detail,
  exposure,
  mean,
  std,
  channelOrder,
}: { readonly [Step in keyof InputNormalization]: InputNormalization[Step] | undefined }):
  InputNormalization | undefined {
  const stated = {
    ...(detail && { detail }),
    ...(exposure && { exposure }),
    ...(mean && { mean }),
    ...(std && { std }),
    ...(channelOrder && { channelOrder }),
  };
  return Object.keys(stated).length === 0 ? undefined : stated;
}
