/**
 * Parses a packed cascade, the binary form of OpenCV's XML in the model package (written by
 * scripts/pack-haar-cascade.js). Little-endian:
 *
 *     bytes  'mienhaar'
 *     u32    version (1), side, number of stages S, number of stumps T, number of rectangles R, notice length N
 *     bytes  notice, UTF-8, N bytes, N a multiple of 4
 *     u32[S] stumps of each stage       f32[S] stage thresholds
 *     f32[T] stump thresholds           f32[T] left leaves      f32[T] right leaves
 *     u8[T]  rectangles of each stump   i8[R][5] x, y, width, height, weight
 *
 * Sizes are checked against the length of the file first, so that a damaged header cannot cause large allocations.
 */
import { MienError } from '../../errors.js';
import type { Cascade, Stage, Stump, WeightedRectangle } from './cascade.js';

const MAGIC = 'mienhaar';
const VERSION = 1;
const HEADER_BYTES = MAGIC.length + 6 * 4;
const STAGE_BYTES = 8;
const STUMP_BYTES = 13;
const RECTANGLE_BYTES = 5;
/** Rectangles are int8, and the contrast rectangle needs a border of one sample. */
const MIN_SIDE = 4;
const MAX_SIDE = 127;

/**
 * @param bytes a packed cascade
 * @param source name for error messages: a file name or model id
 * @throws MienError `MODEL_INVALID`; its message names the source and the damaged part
 */
export function parseCascade(bytes: Uint8Array, source: string): Cascade {
  const fail = (problem: string): never => {
    throw new MienError(
      'MODEL_INVALID',
      `${source}: not a usable packed cascade: ${problem}; reinstall the model`,
    );
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) fail(`${bytes.length} bytes, shorter than its header of ${HEADER_BYTES}`);
  if (String.fromCharCode(...bytes.subarray(0, MAGIC.length)) !== MAGIC)
    fail(`it does not begin with "${MAGIC}"`);

  let at = MAGIC.length;
  const u32 = (): number => view.getUint32((at += 4) - 4, true);
  const f32 = (): number => view.getFloat32((at += 4) - 4, true);
  const version = u32();
  if (version !== VERSION) fail(`version ${version}, this build reads version ${VERSION}`);
  const [side, stageCount, stumpCount, rectangleCount, noticeBytes] = [
    u32(),
    u32(),
    u32(),
    u32(),
    u32(),
  ] as const;
  if (side < MIN_SIDE || side > MAX_SIDE) fail(`window side ${side}, expected ${MIN_SIDE} to ${MAX_SIDE}`);
  if (stageCount === 0) fail('it has no stages');
  const expected =
    HEADER_BYTES +
    noticeBytes +
    stageCount * STAGE_BYTES +
    stumpCount * STUMP_BYTES +
    rectangleCount * RECTANGLE_BYTES;
  if (bytes.length !== expected) fail(`${bytes.length} bytes, its header announces ${expected}`);

  const notice = new TextDecoder().decode(bytes.subarray(at, at + noticeBytes)).trim();
  at += noticeBytes;
  const stageSizes = Array.from({ length: stageCount }, u32);
  const stageThresholds = Array.from({ length: stageCount }, f32);
  const stumpsAnnounced = stageSizes.reduce((sum, size) => sum + size, 0);
  if (stumpsAnnounced !== stumpCount)
    fail(`its stages have ${stumpsAnnounced} stumps, its header says ${stumpCount}`);

  const thresholds = at;
  const lefts = thresholds + 4 * stumpCount;
  const rights = lefts + 4 * stumpCount;
  const sizes = rights + 4 * stumpCount;
  const rectangleEnd = sizes + stumpCount + RECTANGLE_BYTES * rectangleCount;
  let rectangleAt = sizes + stumpCount;

  const parseRectangle = (stump: number, index: number): WeightedRectangle => {
    const x = view.getInt8(rectangleAt);
    const y = view.getInt8(rectangleAt + 1);
    const width = view.getInt8(rectangleAt + 2);
    const height = view.getInt8(rectangleAt + 3);
    const weight = view.getInt8(rectangleAt + 4);
    rectangleAt += RECTANGLE_BYTES;
    if (x < 0 || y < 0 || width < 1 || height < 1 || x + width > side || y + height > side) {
      fail(`stump ${stump}: rectangle ${x},${y} ${width}×${height} leaves the window of ${side}×${side}`);
    }
    if (index === 0 && weight !== -1)
      fail(`stump ${stump}: its first rectangle weighs ${weight}, expected -1`);
    return { x, y, width, height, weight };
  };
  const parseStump = (stump: number): Stump => {
    const threshold = view.getFloat32(thresholds + 4 * stump, true);
    const left = view.getFloat32(lefts + 4 * stump, true);
    const right = view.getFloat32(rights + 4 * stump, true);
    // The sum is finite only if all three are; three float32 values cannot overflow a float64.
    if (!Number.isFinite(threshold + left + right)) fail(`stump ${stump}: a value is not finite`);
    const size = view.getUint8(sizes + stump);
    if (size < 2 || size > 3) fail(`stump ${stump}: ${size} rectangles, expected 2 or 3`);
    if (rectangleAt + size * RECTANGLE_BYTES > rectangleEnd)
      fail(`stump ${stump}: its rectangles are missing`);
    return {
      threshold,
      left,
      right,
      rectangles: Array.from({ length: size }, (_, i) => parseRectangle(stump, i)),
    };
  };

  let stump = 0;
  const stages = stageSizes.map((size, index): Stage => {
    const threshold = stageThresholds[index] ?? NaN;
    if (!Number.isFinite(threshold)) fail(`stage ${index}: its threshold is not finite`);
    if (size === 0) fail(`stage ${index}: it has no stumps`);
    const stumps = Array.from({ length: size }, () => parseStump(stump++));
    if (!sumsExactly(stumps))
      fail(`stage ${index}: its leaves are too far apart in size to be summed exactly`);
    return { threshold, stumps };
  });
  if (rectangleAt !== rectangleEnd) fail('it has more rectangles than its stumps use');
  return { side, stages, notice };
}

/**
 * Whether float64 holds every partial sum of the leaves exactly, in any order. The evaluator relies on sums that do not
 * depend on the order. All leaves are multiples of the last bit of the smallest one.
 */
function sumsExactly(stumps: readonly Stump[]): boolean {
  const largest = stumps.reduce((sum, { left, right }) => sum + Math.max(Math.abs(left), Math.abs(right)), 0);
  const leaves = stumps.flatMap(({ left, right }) => [left, right]).filter((leaf) => leaf !== 0);
  const smallest = Math.min(...leaves.map(Math.abs));
  const lastBit = 2 ** (Math.floor(Math.log2(smallest)) - 23);
  return leaves.length === 0 || largest / lastBit < 2 ** 52;
}
