/**
 * The bytes against TensorBoard's own writer (golden/make-golden.py), and whole runs read back by a reader of this
 * file's own, which shares no code with the writer and stops at nothing: every byte must belong to a sound record.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../read-checkpoint.js';
import { createRunFolder } from '../run-folder.js';
import { combineEvents } from '../../combine-events.js';
import { PRESETS } from '../../recipe/presets.js';
import type { Recipe } from '../../recipe/recipe.js';
import { tinyDataset, tinyGraph } from '../../testing/tiny-problem.js';
import type { TrainResult } from '../../train-events.js';
import type { TrainOptions } from '../../train-options.js';
import { trainModel } from '../../trainer.js';
import { crc32c, maskedCrc32c } from './crc32c.js';
import { openEventFile } from './event-file.js';
import { parseScalars, toScalarRecord, toVersionRecord, type Scalar } from './event-record.js';
import { createTensorBoardLog } from './tensorboard-log.js';

interface Golden {
  readonly wallTimeS: number;
  readonly version: string;
  readonly scalars: readonly { tag: string; step: number; value: string; record: string }[];
  readonly other: string;
  readonly maskedCrc32c: Readonly<Record<string, number>>;
}
const golden = JSON.parse(await readFile(new URL('golden/golden.json', import.meta.url), 'utf8')) as Golden;
/** Python's spelling of a number. */
const parsePython = (text: string): number => Number(text.replace('inf', 'Infinity'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-tensorboard-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** CRC-32C bit by bit, as its definition has it. */
function slowMaskedCrc(bytes: Buffer): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The scalars of one file, its wall times checked to be of today. */
function readStrictly(bytes: Buffer): Scalar[] {
  const scalars: Scalar[] = [];
  let at = 0;
  for (let record = 0; at < bytes.length; record++) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(slowMaskedCrc(bytes.subarray(at, at + 8)));
    const event = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(slowMaskedCrc(event));
    at += length + 16;
    expect(event[0]).toBe(0x09); // field 1, eight bytes
    expect(Math.abs(event.readDoubleLE(1) - Date.now() / 1000)).toBeLessThan(600);
    if (record === 0) {
      expect(event.subarray(9).toString('latin1')).toBe('\x1a\x0dbrain.Event:2');
      continue;
    }
    expect(event[9]).toBe(0x10); // field 2, a varint
    let [step, offset, scale] = [0, 10, 1];
    for (; (event[offset] ?? 0) >= 0x80; offset++, scale *= 128)
      step += ((event[offset] ?? 0) - 0x80) * scale;
    step += (event[offset] ?? 0) * scale;
    const value = event.subarray(offset + 1 + 4); // two messages in each other, both shorter than 128 bytes
    expect([event[offset + 1], event[offset + 3], value[0]]).toEqual([0x2a, 0x0a, 0x0a]);
    const tagLength = value[1] ?? 0;
    expect(value[2 + tagLength]).toBe(0x15); // field 2, four bytes
    expect(value).toHaveLength(2 + tagLength + 5);
    scalars.push({
      tag: value.toString('utf8', 2, 2 + tagLength),
      step,
      value: value.readFloatLE(3 + tagLength),
    });
  }
  return scalars;
}

const filesOf = async (run: string): Promise<string[]> =>
  (await readdir(join(folder, run))).sort().map((name) => join(folder, run, name));

async function readRun(run: string): Promise<Record<string, [step: number, value: number][]>> {
  const series: Record<string, [number, number][]> = {};
  for (const path of await filesOf(run)) {
    for (const { tag, step, value } of readStrictly(await readFile(path))) {
      (series[tag] ??= []).push([step, value]);
    }
  }
  return series;
}

describe('records', () => {
  it('have the checksums of RFC 3720 and of TensorBoard', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
    for (const [text, crc] of Object.entries(golden.maskedCrc32c)) {
      expect(maskedCrc32c(Buffer.from(text))).toBe(crc);
    }
  });

  it("are TensorBoard's own, byte for byte", () => {
    expect(hex(toVersionRecord(golden.wallTimeS))).toBe(golden.version);
    for (const { tag, step, value, record } of golden.scalars) {
      const ours = hex(toScalarRecord({ tag, step, value: parsePython(value) }, golden.wallTimeS));
      expect(ours).toBe(record);
    }
  });

  it('are parsed as TensorBoard writes them, with unknown fields, up to the first damaged record', () => {
    const { version, scalars, other } = golden;
    const bytes = Buffer.from([version, other, ...scalars.map(({ record }) => record)].join(''), 'hex');
    const expected = scalars.map(({ tag, step, value }) => ({
      tag,
      step,
      value: Math.fround(parsePython(value)),
    }));
    expect(parseScalars(bytes).filter(({ tag }) => tag !== 'h')).toEqual(expected);
    for (let length = 0; length < bytes.length; length++) {
      const read = parseScalars(bytes.subarray(0, length)).filter(({ tag }) => tag !== 'h');
      expect(read).toEqual(expected.slice(0, read.length));
      expect(read.length).toBeLessThan(expected.length);
    }
    const huge = Buffer.alloc(64, 0xff);
    expect(parseScalars(huge)).toEqual([]);
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bytes.length - 10) ^ 1, bytes.length - 10);
    expect(parseScalars(flipped).filter(({ tag }) => tag !== 'h')).toEqual(expected.slice(0, -1));
  });
});

describe('openEventFile', () => {
  it('does not contain the host name, and each process has its own file', async () => {
    for (const step of [1, 2, 3])
      openEventFile(join(folder, 'a'), { nowMs: () => 5_000 }).scalar('loss', step, step);
    expect(await readdir(join(folder, 'a'))).toEqual(
      [0, 1, 2].map((number) => `events.out.tfevents.5.mien.${number}`),
    );
    const bytes = await readFile(join(folder, 'a', 'events.out.tfevents.5.mien.0'));
    expect(bytes.includes(hostname())).toBe(false);
  });

  it('creates nothing before the first scalar', async () => {
    openEventFile(join(folder, 'a'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('skips steps that the folder contains, also in a truncated file', async () => {
    const first = openEventFile(join(folder, 'a'));
    for (const step of [1, 2, 3]) first.scalar('loss', step, 0.5);
    const [path = ''] = await filesOf('a');
    await truncate(path, (await readFile(path)).length - 5); // step 3 is lost
    const second = openEventFile(join(folder, 'a'), { isResumed: true });
    for (const step of [2, 3, 4]) second.scalar('loss', step, 0.25);
    second.scalar('accuracy', 1, 1);
    const [, added = ''] = await filesOf('a');
    expect(readStrictly(await readFile(added))).toEqual([
      { tag: 'loss', step: 3, value: 0.25 },
      { tag: 'loss', step: 4, value: 0.25 },
      { tag: 'accuracy', step: 1, value: 1 },
    ]);
  });

  it('writes all steps of a new run, whatever the folder contains', async () => {
    for (const value of [0.5, 0.25]) openEventFile(join(folder, 'a')).scalar('loss', 1, value);
    expect(await readRun('a')).toEqual({ loss: [[1, 0.5], [1, 0.25]] }); // prettier-ignore
  });

  it('ignores other files in the folder', async () => {
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'events.out.tfevents.1.other'), Buffer.alloc(1000, 0xab));
    await writeFile(join(folder, 'a', 'notes.txt'), 'mine');
    openEventFile(join(folder, 'a'), { isResumed: true }).scalar('loss', 1, 1);
    expect(await readdir(join(folder, 'a'))).toHaveLength(3);
  });

  it('reports in one line that it cannot write', async () => {
    await writeFile(join(folder, 'taken'), '');
    const open = (): void => openEventFile(join(folder, 'taken', 'a')).scalar('loss', 1, 1);
    expect(open).toThrow(
      expect.objectContaining({
        code: 'OUTPUT_FAILED',
        message: expect.stringMatching(
          /^.*taken\/a: the TensorBoard log cannot be written \(its folder is a file\)/,
        ) as string,
      }),
    );
  });
});

describe('createTensorBoardLog', () => {
  const RECIPE: Recipe = {
    ...PRESETS.paper,
    preset: 'paper',
    batchSize: 2,
    epochs: 3,
    augmentation: null,
    validation: { split: 'PublicTest' },
  };
  /** 24 updates an epoch, the last one of a single picture. */
  const dataset = tinyDataset({ Training: 47, PublicTest: 12 });
  const train = (options: Partial<TrainOptions> = {}): Promise<TrainResult> => {
    const outputDir = join(folder, 'run');
    const log = createTensorBoardLog({ folder, batchSize: RECIPE.batchSize, ...options });
    return trainModel(
      {
        dataset,
        graph: tinyGraph(),
        recipe: RECIPE,
        store: createRunFolder(outputDir),
        threads: 1,
        ...options,
      },
      log,
    );
  };
  const POINTS = [1, 2, 3].flatMap((epoch) =>
    Array.from({ length: 12 }, (_, index) => (epoch - 1) * 24 + 2 * (index + 1)),
  );

  it("writes Keras' names by epoch, and the loss between them", async () => {
    const { history } = await train();
    const column = (of: (epoch: (typeof history)[number]) => number): [number, number][] =>
      history.map((epoch) => [epoch.epoch, Math.fround(of(epoch))]);

    const {
      batch_loss: batches = [],
      epoch_images_per_second: speed = [],
      ...training
    } = await readRun('train');
    expect(training).toEqual({
      epoch_loss: column(({ loss }) => loss),
      epoch_accuracy: column(({ accuracy }) => accuracy),
      epoch_learning_rate: column(({ learningRate }) => learningRate),
    });
    expect(await readRun('validation')).toEqual({
      epoch_loss: column(({ valLoss }) => valLoss),
      epoch_accuracy: column(({ valAccuracy }) => valAccuracy),
    });
    expect(speed.map(([step, value]) => [step, value > 0])).toEqual([1, 2, 3].map((step) => [step, true]));
    expect(batches.map(([step]) => step)).toEqual(POINTS);
    // Two updates of two pictures a point, and of three in the last: together they are the epoch's loss.
    for (const { epoch, loss } of history) {
      const points = batches.slice((epoch - 1) * 12, epoch * 12);
      const sum = points.reduce((total, [, value], index) => total + value * (index === 11 ? 3 : 4), 0);
      expect(sum / 47).toBeCloseTo(loss, 5);
    }
  });

  it('resumes in a new file without duplicate steps, after Ctrl-C and after a kill', async () => {
    const stop = new AbortController();
    const log = createTensorBoardLog({ folder, batchSize: RECIPE.batchSize });
    const outputDir = join(folder, 'run');
    const stopping = {
      onBatch: ({ epoch, batch }: { epoch: number; batch: number }) => {
        if (epoch === 2 && batch === 5) stop.abort();
      },
    };
    const { lastPath } = await trainModel(
      {
        dataset,
        graph: tinyGraph(),
        recipe: RECIPE,
        store: createRunFolder(outputDir),
        threads: 1,
        signal: stop.signal,
      },
      combineEvents(log, stopping),
    );
    const saved = await readFile(lastPath);
    await train({ resume: await readCheckpoint(lastPath) });
    // A process that was killed has written points that the last checkpoint knows nothing of.
    await writeFile(lastPath, saved);
    await train({ resume: await readCheckpoint(lastPath) });
    const { batch_loss: batches = [], epoch_loss: epochs = [] } = await readRun('train');
    expect(epochs.map(([step]) => step)).toEqual([1, 2, 3]);
    expect(batches.map(([step]) => step)).toEqual(POINTS);
    expect(await filesOf('train')).toHaveLength(2); // the third run had nothing new to say
  });
});
