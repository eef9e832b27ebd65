/**
 * Kernels of the Haar cascade detector: grey conversion, exact bilinear resize, integral images, and the evaluation of
 * boosted stumps. All decisions depend on integers or on single float operations in a fixed order, so both builds and every
 * split of the items give the same bits as OpenCV.
 *
 * Ref: Viola, Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001;
 *      Lienhart, Maydt, "An extended set of Haar-like features for rapid object detection", ICIP 2002.
 *
 * Mental model of the evaluation: a window is a byte address into the integral image, so one vector load serves four
 * neighbouring windows, and a stump costs the same for four windows as for one. Windows two columns apart are neighbours too
 * if the integral image stores its even and odd columns separately ("split"): in each row the even columns 0, 2, 4 … come
 * first, and the odd ones start at half of the stride.
 */

/** Greys of four pixels by 16-bit dot products; the weight of green is halved to fit, and green is counted twice. */
@inline
function greyOfFour(pixels: v128, weights: v128): v128 {
  const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(pixels), weights);
  const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(pixels), weights);
  // Each pixel has two adjacent partial sums; add them.
  const even = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
  const odd = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
  return i32x4.shr_u(i32x4.add(i32x4.add(even, odd), i32x4.splat(0x8000)), 16);
}

/**
 * Grey of RGB or RGBA pixels in 16-bit fixed point: (red·R + green·G + blue·B + 0x8000) >> 16; `green` is even.
 * source uint8 [pixels, channels] with channels 3 or 4, y uint8 [pixels]; items = pixels.
 * Ref: ITU-R BT.601 luma; callers round the weights in their own ways.
 */
export function greyFromColor(
  source: usize, y: usize,
  channels: i32, red: i32, green: i32, blue: i32,
  begin: i32, end: i32,
): void {
  const half = green >> 1;
  const weights = i16x8.splat(<i16>half);
  const pair = i16x8.replace_lane(i16x8.replace_lane(weights, 0, <i16>red), 3, <i16>blue);
  const both = i16x8.replace_lane(i16x8.replace_lane(pair, 4, <i16>red), 7, <i16>blue);
  // R G G B of four pixels
  const shuffleBytes = channels == 3
    ? i8x16(0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11)
    : i8x16(0, 1, 1, 2, 4, 5, 5, 6, 8, 9, 9, 10, 12, 13, 13, 14);
  let i = begin;
  // A load reads 16 bytes, of which three channels use 12, so stop two pixels before the end.
  for (; i + 6 <= end; i += 4) {
    const grey = greyOfFour(v128.swizzle(v128.load(source + <usize>(i * channels)), shuffleBytes), both);
    const words = i16x8.narrow_i32x4_u(grey, grey);
    v128.store32_lane(y + <usize>i, i8x16.narrow_i16x8_u(words, words), 0);
  }
  for (; i < end; i++) {
    const at = source + <usize>(i * channels);
    const sum = red * <i32>load<u8>(at) + green * <i32>load<u8>(at, 1) + blue * <i32>load<u8>(at, 2);
    store<u8>(y + <usize>i, <u8>((sum + 0x8000) >> 16));
  }
}

/**
 * Bilinear resize in 8.8 fixed point, OpenCV's INTER_LINEAR_EXACT. A tap is two int32: the index of the first of two
 * neighbouring source samples, and their weights (of 256) as two int16 in one word, the first one in the low half.
 * source uint8 [.., wIn], columns [w] and rows [..] taps, y uint8 [end - begin, w]; items = output rows, of which
 * `begin` is written first. blend is scratch of 2·wIn + 32 bytes; source may be read up to 15 bytes past its end.
 *
 * Both interpolations together are exact in 16.16 fixed point, so their order is free. The vertical one comes first, because
 * it reads contiguous samples and leaves one scattered read per output sample.
 */
export function resizeLinearExact(
  source: usize, columns: usize, rows: usize, y: usize, blend: usize,
  wIn: i32, w: i32, begin: i32, end: i32,
): void {
  // Interpolated rows are stored minus 0x8000 as signed 16-bit; weights sum to 256, so 256·0x8000 is added back.
  const bias = i16x8.splat(-0x8000);
  const rounding = i32x4.splat(256 * 0x8000 + 0x8000);
  for (let row = begin; row < end; row++) {
    const tap = rows + (<usize>row << 3);
    const weights = load<u32>(tap, 4);
    const first = i16x8.splat(<i16>(weights & 0xffff));
    const second = i16x8.splat(<i16>(weights >> 16));
    const upper = source + <usize>(load<i32>(tap) * wIn);
    const lower = upper + <usize>wIn;
    for (let x: usize = 0; x < <usize>wIn; x += 16) {
      const a = v128.load(upper + x);
      const b = v128.load(lower + x);
      const low = i16x8.add(
        i16x8.mul(i16x8.extend_low_i8x16_u(a), first),
        i16x8.mul(i16x8.extend_low_i8x16_u(b), second),
      );
      const high = i16x8.add(
        i16x8.mul(i16x8.extend_high_i8x16_u(a), first),
        i16x8.mul(i16x8.extend_high_i8x16_u(b), second),
      );
      v128.store(blend + (x << 1), v128.xor(low, bias));
      v128.store(blend + (x << 1), v128.xor(high, bias), 16);
    }
    const out = y + <usize>((row - begin) * w);
    let x: i32 = 0;
    let column = columns;
    for (; x + 4 <= w; x += 4, column += 32) {
      let pairs = v128.load32_zero(blend + (<usize>load<u32>(column) << 1));
      pairs = v128.load32_lane(blend + (<usize>load<u32>(column, 8) << 1), pairs, 1);
      pairs = v128.load32_lane(blend + (<usize>load<u32>(column, 16) << 1), pairs, 2);
      pairs = v128.load32_lane(blend + (<usize>load<u32>(column, 24) << 1), pairs, 3);
      const share = v128.shuffle<i32>(v128.load(column), v128.load(column, 16), 1, 3, 5, 7);
      const samples = i32x4.shr_u(i32x4.add(i32x4.dot_i16x8_s(pairs, share), rounding), 16);
      const words = i16x8.narrow_i32x4_u(samples, samples);
      v128.store32_lane(out + <usize>x, i8x16.narrow_i16x8_u(words, words), 0);
    }
    for (; x < w; x++, column += 8) {
      const at = blend + (<usize>load<u32>(column) << 1);
      const share = load<u32>(column, 4);
      const sample = <i32>load<i16>(at) * <i32>(share & 0xffff) + <i32>load<i16>(at, 2) * <i32>(share >> 16);
      store<u8>(out + <usize>x, <u8>((sample + 256 * 0x8000 + 0x8000) >> 16));
    }
  }
}

/** Prefix sums of four lanes. */
@inline
function prefix4(values: v128): v128 {
  const zero = i32x4.splat(0);
  const pairs = i32x4.add(values, v128.shuffle<i32>(zero, values, 0, 4, 5, 6));
  return i32x4.add(pairs, v128.shuffle<i32>(zero, pairs, 0, 1, 4, 5));
}

/** Stores eight values of the integral image, columns x + 1 … x + 8: the row above plus the prefix sums of this row. */
@inline
function storeEight(row: usize, above: usize, x: usize, half: usize, split: i32, low: v128, high: v128): void {
  if (split) {
    // Columns x+1, x+3, x+5, x+7 are odd and start at half + x/2; x+2 … x+8 are even and start at x/2 + 1.
    const odd = half + (x << 1);
    const even = (x << 1) + 4;
    v128.store(row + odd, i32x4.add(v128.load(above + odd), v128.shuffle<i32>(low, high, 0, 2, 4, 6)));
    v128.store(row + even, i32x4.add(v128.load(above + even), v128.shuffle<i32>(low, high, 1, 3, 5, 7)));
  } else {
    const at = (x << 2) + 4;
    v128.store(row + at, i32x4.add(v128.load(above + at), low));
    v128.store(row + at, i32x4.add(v128.load(above + at, 16), high), 16);
  }
}

/**
 * Integral images of grey rows and of their squares. Row r + 1 of the integrals is computed from their row r and row r of
 * the source, so rows must be processed in order, and row `begin` must be present (zeros for the first). Sums wrap at 32
 * bits; the difference of two is right as long as the sum over the rectangle itself fits. Column 0 is zero.
 * source uint8 [end - begin, width], row `begin` first; sum and square int32 with `stride` columns a row, a multiple of 8 and at least
 * width + 16, split as described above or not; items = rows.
 */
export function integralImages(
  source: usize, sum: usize, square: usize,
  width: i32, stride: i32, split: i32,
  begin: i32, end: i32,
): void {
  const rowBytes = <usize>stride << 2;
  const half = rowBytes >> 1;
  for (let row = begin; row < end; row++) {
    const from = source + <usize>((row - begin) * width);
    const sumAbove = sum + <usize>row * rowBytes;
    const squareAbove = square + <usize>row * rowBytes;
    const sumRow = sumAbove + rowBytes;
    const squareRow = squareAbove + rowBytes;
    store<i32>(sumRow, 0);
    store<i32>(squareRow, 0);
    let sumCarry = i32x4.splat(0);
    let squareCarry = i32x4.splat(0);
    // The last vector may include up to seven samples of the next row; they go to columns after those of this row.
    for (let x: usize = 0; x < <usize>width; x += 8) {
      const zero = i16x8.splat(0);
      const samples = v128.load8x8_u(from + x);
      let run = i16x8.add(samples, v128.shuffle<i16>(zero, samples, 0, 8, 9, 10, 11, 12, 13, 14));
      run = i16x8.add(run, v128.shuffle<i16>(zero, run, 0, 1, 8, 9, 10, 11, 12, 13));
      run = i16x8.add(run, v128.shuffle<i16>(zero, run, 0, 1, 2, 3, 8, 9, 10, 11));
      const sumHigh = i32x4.add(i32x4.extend_high_i16x8_u(run), sumCarry);
      storeEight(sumRow, sumAbove, x, half, split, i32x4.add(i32x4.extend_low_i16x8_u(run), sumCarry), sumHigh);
      sumCarry = v128.shuffle<i32>(sumHigh, sumHigh, 3, 3, 3, 3);

      const squareLow = i32x4.add(prefix4(i32x4.extmul_low_i16x8_u(samples, samples)), squareCarry);
      const middle = v128.shuffle<i32>(squareLow, squareLow, 3, 3, 3, 3);
      const squareHigh = i32x4.add(prefix4(i32x4.extmul_high_i16x8_u(samples, samples)), middle);
      storeEight(squareRow, squareAbove, x, half, split, squareLow, squareHigh);
      squareCarry = v128.shuffle<i32>(squareHigh, squareHigh, 3, 3, 3, 3);
    }
  }
}

/*
 * The program of a cascade, for one stride (core's compile-cascade.ts writes it): stage after stage, each
 *   header    bytes of edges, of pairs, of triples (i32 each), base, low, high (i32), threshold (f32), 0
 *   stumps    threshold (f32), delta (i32), left, right (f32), byte offsets of corners (u32), weights (i32)
 * Edges (a rectangle minus one of its halves) have 6 corners with factors -2, -1, -1, 1, 1, 2 and no weight; pairs
 * (weight·B − A) have 8 corners and one weight; triples (w1·B + w2·C − A) have 12 corners and two weights.
 *
 * A window passes a stage if Σ (value < threshold ? left : right) ≥ its threshold, summed in float64. Here the sum is in
 * int32 fixed point, with base = Σ right and delta = left − right: one AND and one ADD per stump. At or above `high` the
 * exact sum certainly passes, below `low` it certainly fails; in between (a few windows in a million) the stage is summed
 * again exactly.
 */
const HEADER: usize = 32;
const BASE: usize = 12;
const LOW: usize = 16;
const HIGH: usize = 20;
const STAGE_THRESHOLD: usize = 24;
const DELTA: usize = 4;
const LEFT: usize = 8;
const RIGHT: usize = 12;
const CORNERS: usize = 16;
const EDGE_BYTES: usize = CORNERS + 6 * 4;
const PAIR_BYTES: usize = CORNERS + 9 * 4;
const TRIPLE_BYTES: usize = CORNERS + 14 * 4;

/** Windows that are evaluated together, one bit each in a 64-bit mask. */
const TILE: i32 = 64;

@inline
function edge4(at: usize, o0: usize, o1: usize, o2: usize, o3: usize, o4: usize, o5: usize): v128 {
  const outer = i32x4.sub(
    i32x4.add(v128.load(at + o3), v128.load(at + o4)),
    i32x4.add(v128.load(at + o1), v128.load(at + o2)),
  );
  const inner = i32x4.sub(v128.load(at + o5), v128.load(at + o0));
  return i32x4.add(i32x4.add(outer, inner), inner);
}

@inline
function rectangle4(at: usize, o0: usize, o1: usize, o2: usize, o3: usize): v128 {
  return i32x4.sub(
    i32x4.sub(v128.load(at + o0), v128.load(at + o1)),
    i32x4.sub(v128.load(at + o2), v128.load(at + o3)),
  );
}

/** delta where the normalised value is below the threshold of the stump, else 0. */
@inline
function vote4(value: v128, factor: v128, threshold: v128, delta: v128): v128 {
  return v128.and(f32x4.lt(f32x4.mul(f32x4.convert_i32x4_s(value), factor), threshold), delta);
}

/**
 * One stage for two vectors of windows, which share the loads of the program. Returns four masks of four bits: certain pass
 * of the first, certain pass of the second, no certain failure of the first, no certain failure of the second.
 */
function stageBits(stage: usize, at0: usize, at1: usize, factor0: v128, factor1: v128): i32 {
  let sum0 = v128.load32_splat(stage, BASE);
  let sum1 = sum0;
  let stump = stage + HEADER;
  for (const end = stump + load<u32>(stage); stump < end; stump += EDGE_BYTES) {
    const o0 = <usize>load<u32>(stump, CORNERS);
    const o1 = <usize>load<u32>(stump, CORNERS + 4);
    const o2 = <usize>load<u32>(stump, CORNERS + 8);
    const o3 = <usize>load<u32>(stump, CORNERS + 12);
    const o4 = <usize>load<u32>(stump, CORNERS + 16);
    const o5 = <usize>load<u32>(stump, CORNERS + 20);
    const threshold = v128.load32_splat(stump);
    const delta = v128.load32_splat(stump, DELTA);
    sum0 = i32x4.add(sum0, vote4(edge4(at0, o0, o1, o2, o3, o4, o5), factor0, threshold, delta));
    sum1 = i32x4.add(sum1, vote4(edge4(at1, o0, o1, o2, o3, o4, o5), factor1, threshold, delta));
  }
  for (const end = stump + load<u32>(stage, 4); stump < end; stump += PAIR_BYTES) {
    const a0 = <usize>load<u32>(stump, CORNERS);
    const a1 = <usize>load<u32>(stump, CORNERS + 4);
    const a2 = <usize>load<u32>(stump, CORNERS + 8);
    const a3 = <usize>load<u32>(stump, CORNERS + 12);
    const b0 = <usize>load<u32>(stump, CORNERS + 16);
    const b1 = <usize>load<u32>(stump, CORNERS + 20);
    const b2 = <usize>load<u32>(stump, CORNERS + 24);
    const b3 = <usize>load<u32>(stump, CORNERS + 28);
    const weight = v128.load32_splat(stump, CORNERS + 32);
    const threshold = v128.load32_splat(stump);
    const delta = v128.load32_splat(stump, DELTA);
    const value0 = i32x4.sub(i32x4.mul(rectangle4(at0, b0, b1, b2, b3), weight), rectangle4(at0, a0, a1, a2, a3));
    const value1 = i32x4.sub(i32x4.mul(rectangle4(at1, b0, b1, b2, b3), weight), rectangle4(at1, a0, a1, a2, a3));
    sum0 = i32x4.add(sum0, vote4(value0, factor0, threshold, delta));
    sum1 = i32x4.add(sum1, vote4(value1, factor1, threshold, delta));
  }
  for (const end = stump + load<u32>(stage, 8); stump < end; stump += TRIPLE_BYTES) {
    const a0 = <usize>load<u32>(stump, CORNERS);
    const a1 = <usize>load<u32>(stump, CORNERS + 4);
    const a2 = <usize>load<u32>(stump, CORNERS + 8);
    const a3 = <usize>load<u32>(stump, CORNERS + 12);
    const whole0 = rectangle4(at0, a0, a1, a2, a3);
    const whole1 = rectangle4(at1, a0, a1, a2, a3);
    const b0 = <usize>load<u32>(stump, CORNERS + 16);
    const b1 = <usize>load<u32>(stump, CORNERS + 20);
    const b2 = <usize>load<u32>(stump, CORNERS + 24);
    const b3 = <usize>load<u32>(stump, CORNERS + 28);
    const weightB = v128.load32_splat(stump, CORNERS + 48);
    const partial0 = i32x4.sub(i32x4.mul(rectangle4(at0, b0, b1, b2, b3), weightB), whole0);
    const partial1 = i32x4.sub(i32x4.mul(rectangle4(at1, b0, b1, b2, b3), weightB), whole1);
    const c0 = <usize>load<u32>(stump, CORNERS + 32);
    const c1 = <usize>load<u32>(stump, CORNERS + 36);
    const c2 = <usize>load<u32>(stump, CORNERS + 40);
    const c3 = <usize>load<u32>(stump, CORNERS + 44);
    const weightC = v128.load32_splat(stump, CORNERS + 52);
    const value0 = i32x4.add(i32x4.mul(rectangle4(at0, c0, c1, c2, c3), weightC), partial0);
    const value1 = i32x4.add(i32x4.mul(rectangle4(at1, c0, c1, c2, c3), weightC), partial1);
    const threshold = v128.load32_splat(stump);
    const delta = v128.load32_splat(stump, DELTA);
    sum0 = i32x4.add(sum0, vote4(value0, factor0, threshold, delta));
    sum1 = i32x4.add(sum1, vote4(value1, factor1, threshold, delta));
  }
  const low = v128.load32_splat(stage, LOW);
  const high = v128.load32_splat(stage, HIGH);
  return (
    i32x4.bitmask(i32x4.ge_s(sum0, high)) |
    (i32x4.bitmask(i32x4.ge_s(sum1, high)) << 4) |
    (i32x4.bitmask(i32x4.ge_s(sum0, low)) << 8) |
    (i32x4.bitmask(i32x4.ge_s(sum1, low)) << 12)
  );
}

@inline
function rectangle(at: usize, corners: usize): i32 {
  return (
    load<i32>(at + load<u32>(corners)) - load<i32>(at + load<u32>(corners, 4)) -
    load<i32>(at + load<u32>(corners, 8)) + load<i32>(at + load<u32>(corners, 12))
  );
}

@inline
function leaf(stump: usize, value: i32, factor: f32): f64 {
  return <f64>(<f32>value * factor < load<f32>(stump) ? load<f32>(stump, LEFT) : load<f32>(stump, RIGHT));
}

/** One stage for one window with the sum in float64, as defined. */
function stagePasses(stage: usize, at: usize, factor: f32): bool {
  let sum: f64 = 0;
  let stump = stage + HEADER;
  for (const end = stump + load<u32>(stage); stump < end; stump += EDGE_BYTES) {
    const inner = load<i32>(at + load<u32>(stump, CORNERS + 20)) - load<i32>(at + load<u32>(stump, CORNERS));
    const outer =
      load<i32>(at + load<u32>(stump, CORNERS + 12)) + load<i32>(at + load<u32>(stump, CORNERS + 16)) -
      load<i32>(at + load<u32>(stump, CORNERS + 4)) - load<i32>(at + load<u32>(stump, CORNERS + 8));
    sum += leaf(stump, outer + 2 * inner, factor);
  }
  for (const end = stump + load<u32>(stage, 4); stump < end; stump += PAIR_BYTES) {
    const inner = rectangle(at, stump + CORNERS + 16) * load<i32>(stump, CORNERS + 32);
    sum += leaf(stump, inner - rectangle(at, stump + CORNERS), factor);
  }
  for (const end = stump + load<u32>(stage, 8); stump < end; stump += TRIPLE_BYTES) {
    const inner =
      rectangle(at, stump + CORNERS + 16) * load<i32>(stump, CORNERS + 48) +
      rectangle(at, stump + CORNERS + 32) * load<i32>(stump, CORNERS + 52);
    sum += leaf(stump, inner - rectangle(at, stump + CORNERS), factor);
  }
  return sum >= <f64>load<f32>(stage, STAGE_THRESHOLD);
}

/** Decides the windows among `alive` (four bits) that fixed point left undecided. */
@inline
function settle(bits: i32, alive: i32, stage: usize, at: usize, factors: usize): i32 {
  const passed = bits & alive;
  const open = (bits >> 8) & ~bits & alive & 15;
  return open == 0 ? passed & 15 : (passed & 15) | settleOpen(open, stage, at, factors);
}

function settleOpen(open: i32, stage: usize, at: usize, factors: usize): i32 {
  let passed = 0;
  for (let lane = 0; lane < 4; lane++) {
    const byte = <usize>lane << 2;
    if (((open >> lane) & 1) != 0 && stagePasses(stage, at + byte, load<f32>(factors + byte))) passed |= 1 << lane;
  }
  return passed;
}

/**
 * Which of 64 windows the scan visits: after a window that the first stage rejected, it skips the next one. `rejected` has a
 * bit for each window that stage 0 would reject; `skip` (0 or 1) says whether the window before this tile was visited and
 * rejected. In a run of rejected windows every other one is visited, starting with the first.
 *
 * With m = rejected << 1 | skip, a window is skipped if its offset in its run of ones in m is even. The carry of an addition
 * through the runs separates those that start at even bits from those that start at odd bits.
 * Ref: Langdale, Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 2019, on runs of backslashes.
 */
@inline
function visitedWindows(rejected: u64, skip: u64): u64 {
  const EVEN: u64 = 0x5555555555555555;
  const runs = (rejected << 1) | skip;
  const starts = runs & ~(runs << 1);
  const fromEven = runs & ~(runs + (starts & EVEN));
  const fromOdd = runs & ~fromEven;
  return ~((fromEven & EVEN) | (fromOdd & ~EVEN));
}

/** Byte offset of column c in a row of an integral image. */
@inline
function columnByte(c: i32, half: usize, split: i32): usize {
  return split ? (<usize>(c & 1) * half) + (<usize>(c >> 1) << 2) : <usize>c << 2;
}

/**
 * Runs the cascade over `end - begin` rows of window positions, writes the windows that pass all stages to `found`, as
 * column | row << 16 in scan order, and returns their number. Positions are one sample apart, or two with a split integral
 * image. `found` has room for every position of these rows.
 * program as described above, `stages` of them for windows of side × side samples; sum and square as
 * `integralImages` writes them, of which up to 64 bytes past the last row may be read; columns = positions in a
 * row; factors is scratch of (64 + 4) float32; items = rows of positions.
 */
export function haarEvaluate(
  program: usize, stages: i32, side: i32,
  sum: usize, square: usize,
  stride: i32, split: i32, columns: i32,
  factors: usize, found: usize, begin: i32, end: i32,
): i32 {
  const rowBytes = <usize>stride << 2;
  const half = rowBytes >> 1;
  // Contrast is measured over the window without a border of one sample.
  const left = columnByte(1, half, split);
  const right = columnByte(side - 1, half, split);
  const top = rowBytes;
  const bottom = rowBytes * <usize>(side - 1);
  const inner = side - 2;
  const area = f64x2.splat(<f64>(inner * inner));
  const areaSingle = f32x4.splat(<f32>(inner * inner));
  let out = found;
  for (let row = begin; row < end; row++) {
    const rowOffset = (<usize>row << <usize>split) * rowBytes;
    let skip: u64 = 0;
    for (let tile = 0; tile < columns; tile += TILE) {
      const at = sum + rowOffset + (<usize>tile << 2);
      const squareAt = square + rowOffset + (<usize>tile << 2);
      const count = min(TILE, columns - tile);
      const inside: u64 = count == TILE ? ~(<u64>0) : ((<u64>1) << count) - 1;

      // 1 / (contrast · area) of each window; windows without contrast are not evaluated.
      let valid: u64 = 0;
      for (let x = 0; x < count; x += 4) {
        const byte = <usize>x << 2;
        const total = i32x4.sub(
          i32x4.sub(v128.load(at + byte + top + left), v128.load(at + byte + top + right)),
          i32x4.sub(v128.load(at + byte + bottom + left), v128.load(at + byte + bottom + right)),
        );
        const squares = i32x4.sub(
          i32x4.sub(v128.load(squareAt + byte + top + left), v128.load(squareAt + byte + top + right)),
          i32x4.sub(v128.load(squareAt + byte + bottom + left), v128.load(squareAt + byte + bottom + right)),
        );
        const totalLow = f64x2.convert_low_i32x4_s(total);
        const totalHigh = f64x2.convert_low_i32x4_s(v128.shuffle<i64>(total, total, 1, 1));
        const squaresLow = f64x2.convert_low_i32x4_u(squares);
        const squaresHigh = f64x2.convert_low_i32x4_u(v128.shuffle<i64>(squares, squares, 1, 1));
        const one = f64x2.splat(1);
        const low = f64x2.div(
          one,
          f64x2.sqrt(f64x2.sub(f64x2.mul(area, squaresLow), f64x2.mul(totalLow, totalLow))),
        );
        const high = f64x2.div(
          one,
          f64x2.sqrt(f64x2.sub(f64x2.mul(area, squaresHigh), f64x2.mul(totalHigh, totalHigh))),
        );
        const factor = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
        v128.store(factors + byte, factor);
        // 0 gives infinity and a negative number NaN; neither is below 0.1 (no float32 lies between 0.1 and 0.1f).
        const bits = i32x4.bitmask(f32x4.lt(f32x4.mul(areaSingle, factor), f32x4.splat(0.1)));
        valid |= (<u64>bits) << x;
      }
      valid &= inside;

      // Stage 0 for all windows; then drop those that the scan would have skipped.
      let alive: u64 = 0;
      for (let x = 0; x < count; x += 8) {
        const byte = <usize>x << 2;
        const here = <i32>(valid >> x) & 255;
        const bits = stageBits(
          program, at + byte, at + byte + 16, v128.load(factors + byte), v128.load(factors + byte, 16),
        );
        const low = settle(bits, here, program, at + byte, factors + byte);
        const high = settle(bits >> 4, here >> 4, program, at + byte + 16, factors + byte + 16);
        alive |= (<u64>(low | (high << 4))) << x;
      }
      const rejected = valid & ~alive;
      const visited = visitedWindows(rejected, skip);
      skip = (visited & rejected) >> 63;
      alive &= visited;

      // The other stages, two vectors at a time, each starting at a window that is still alive.
      let stage = program;
      for (let s = 1; s < stages && alive != 0; s++) {
        stage += HEADER + load<u32>(stage) + load<u32>(stage, 4) + load<u32>(stage, 8);
        let rest = alive;
        alive = 0;
        while (rest != 0) {
          const x0 = ctz(rest);
          const here0 = <i32>(rest >> x0) & 15;
          rest &= ~(<u64>15 << x0);
          const x1 = rest != 0 ? ctz(rest) : x0;
          const here1 = <i32>(rest >> x1) & 15;
          rest &= ~(<u64>15 << x1);
          const byte0 = <usize>x0 << 2;
          const byte1 = <usize>x1 << 2;
          const bits = stageBits(
            stage, at + byte0, at + byte1, v128.load(factors + byte0), v128.load(factors + byte1),
          );
          alive |= <u64>settle(bits, here0, stage, at + byte0, factors + byte0) << x0;
          alive |= <u64>settle(bits >> 4, here1, stage, at + byte1, factors + byte1) << x1;
        }
      }
      for (; alive != 0; alive &= alive - 1, out += 4) {
        store<i32>(out, (tile + <i32>ctz(alive)) | (row << 16));
      }
    }
  }
  return <i32>((out - found) >> 2);
}
