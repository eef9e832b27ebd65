/**
 * The GEMM micro-kernel: the inner loops of matrix products and of dense convolutions, which are the same.
 *
 * A row of the left-hand matrix is what one output pixel sees: `kernelRows` rows of `rowLength` floats each, with
 * `kernelRowSkip` bytes between them. A plain matrix has one such row; a convolution has one per row of its kernel. The
 * right-hand matrix comes as panels (panels.ts). A tile is 4 pixels × 8 columns of the result, held in registers.
 *
 * Panels are the outer loop and pixels the inner one, within blocks of pixels whose inputs stay in the L1 cache. Between
 * tiles only a few pointers change. The usual distances between pixels are compile-time constants (`PixelStep`), which
 * takes four pointers and their increments out of the innermost loop: up to 15 % faster, 4 % on average.
 *
 * All loops are inlined into one nest on purpose. V8 unrolls an innermost loop the more, the deeper it is nested within
 * its function: with the loop over tiles in a function of its own, products were 4 % slower on average, at worst 12 %.
 *
 * The innermost loop takes one step at a time on purpose, too. V8 emits all loads of a straight piece of code before its
 * arithmetic; after its own unrolling, 4 × 8 sums, four splats and two vectors fit sixteen registers. Unrolled by hand,
 * four steps of loads do not: the sums spill to memory, and gemm falls from 46 to 16 GFLOP/s.
 *
 * Every element of the result is one chain of multiply-adds in the order of the inputs, starting at the bias, whichever
 * tile it falls into. A result therefore never depends on how the pixels are split among threads.
 *
 * Ref: Goto, van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008); "micro-kernel" as in BLIS (Van Zee,
 * van de Geijn, 2015).
 */
import { applyEpilogue, storePartialRow } from './epilogue';
import { FLAG_ACCUMULATE, FLAG_RELU } from './flags';
import { multiplyAdd } from './multiply-add';
import { PANEL_COLUMNS, PANEL_STEP } from './panels';

/** Input floats of a block of pixels: 16 KiB, half of the smallest L1 cache in use. */
const BLOCK_FLOATS: i32 = 4096;

/**
 * y[count, n] for `count` pixels. The first one is at `pixel`, the start of row `row` of its picture.
 *
 * Pixels are `pixelStep` bytes apart. After the last of the `width` pixels of a row, the next row begins `rowSkip` bytes
 * further on; after the last of `height` rows, the next picture begins another `imageSkip` bytes further on.
 */
export function implicitGemm(
  pixel: usize, row: i32, count: i32,
  pixelStep: usize, width: i32, rowSkip: usize, height: i32, imageSkip: usize,
  kernelRows: i32, rowLength: i32, kernelRowSkip: usize,
  panels: usize, y: usize, n: i32, flags: i32,
): void {
  const yStep = n << 2;
  const panelBytes = (kernelRows * rowLength + 1) * <i32>PANEL_STEP;
  const block = max(16, (BLOCK_FLOATS / rowLength) & ~3);
  let blockPixel = pixel;
  let blockColumn = 0;
  let blockRow = row;
  let blockY = y;
  for (let left = count; left > 0; left -= block) {
    let from = blockPixel;
    let j = blockColumn;
    let i = blockRow;
    let panel = panels;
    for (let first = 0; first < n; first += PANEL_COLUMNS) {
      from = blockPixel;
      j = blockColumn;
      i = blockRow;
      let to = blockY + (first << 2);
      const columns = min(n - first, PANEL_COLUMNS);
      let todo = min(left, block);
      while (todo > 0) {
        // Whole tiles within the row: nothing but pointers changes between them.
        const whole = min(todo, width - j) & ~3;
        wholeTiles(from, pixelStep, whole, kernelRows, rowLength, kernelRowSkip, panel, to, yStep, columns, flags);
        from += whole * pixelStep;
        to += whole * yStep;
        j += whole;
        todo -= whole;
        if (j == width) {
          j = 0;
          from += rowSkip;
          if (++i == height) {
            i = 0;
            from += imageSkip;
          }
          continue;
        }
        if (todo == 0) break;
        // A tile across two rows, or of fewer than four pixels: the last pixel is repeated to fill it.
        const from0 = from;
        let from1 = from0;
        let from2 = from0;
        let from3 = from0;
        const pixels = min(4, todo);
        for (let count = 1; count <= pixels; count++) {
          from += pixelStep;
          if (++j == width) {
            j = 0;
            from += rowSkip;
            if (++i == height) {
              i = 0;
              from += imageSkip;
            }
          }
          if (count == todo) break;
          if (count == 1) from1 = from2 = from3 = from;
          else if (count == 2) from2 = from3 = from;
          else if (count == 3) from3 = from;
        }
        tile<void, i32>(
          from0, from1, from2, from3, kernelRows, rowLength, kernelRowSkip, panel, to, yStep, pixels, columns, flags,
        );
        to += 4 * yStep;
        todo -= 4;
      }
      panel += panelBytes;
    }
    blockPixel = from;
    blockColumn = j;
    blockRow = i;
    blockY += block * yStep;
  }
}

/**
 * The tiles of `pixels` pixels of one row, a multiple of four.
 *
 * The cases differ only in what is a constant for the compiler. The cost of leaving one out: 15 % for the distances between
 * pixels (see above), 25 % for four columns at 16 → 4 channels, 5 % at 28 → 36.
 */
@inline
function wholeTiles(
  pixel: usize, pixelStep: usize, pixels: i32,
  kernelRows: i32, rowLength: i32, kernelRowSkip: usize,
  panel: usize, y: usize, yStep: usize, columns: i32, flags: i32,
): void {
  if (columns < 4 || (columns > 4 && columns < PANEL_COLUMNS)) {
    tilesOf<void>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, columns, flags);
  } else if (columns == 4) {
    tilesOf<void>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, 4, flags);
  } else if (pixelStep == 32) {
    tilesOf<u8>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, 8, flags);
  } else if (pixelStep == 64) {
    tilesOf<u16>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, 8, flags);
  } else if (pixelStep == 128) {
    tilesOf<u32>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, 8, flags);
  } else if (pixelStep == 256) {
    tilesOf<u64>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, 8, flags);
  } else {
    tilesOf<void>(pixel, pixelStep, pixels, kernelRows, rowLength, kernelRowSkip, panel, y, yStep, 8, flags);
  }
}

/**
 * @param PixelStep stands for the distance between pixels, 32 · sizeof<PixelStep>() bytes, which can then be the immediate
 *   offset of a load; `void` for a distance that is known at run time only
 */
@inline
function tilesOf<PixelStep>(
  pixel: usize, pixelStep: usize, pixels: i32,
  kernelRows: i32, rowLength: i32, kernelRowSkip: usize,
  panel: usize, y: usize, yStep: usize, columns: i32, flags: i32,
): void {
  const step: usize = isVoid<PixelStep>() ? pixelStep : 32 * sizeof<PixelStep>();
  const end = pixel + pixels * step;
  let to = y;
  // A loop without the check for further kernel rows: up to 8 % faster for plain matrices.
  if (kernelRows == 1) {
    for (let from = pixel; from < end; from += 4 * step) {
      tile<PixelStep, void>(
        from, from + step, from + 2 * step, from + 3 * step,
        kernelRows, rowLength, kernelRowSkip, panel, to, yStep, 4, columns, flags,
      );
      to += 4 * yStep;
    }
  } else {
    for (let from = pixel; from < end; from += 4 * step) {
      tile<PixelStep, i32>(
        from, from + step, from + 2 * step, from + 3 * step,
        kernelRows, rowLength, kernelRowSkip, panel, to, yStep, 4, columns, flags,
      );
      to += 4 * yStep;
    }
  }
}

/** 4 pixels × 8 columns, of which the first `pixels` and `columns` are stored, `yStep` bytes between the pixels. */
@inline
function tile<PixelStep, KernelRows>(
  from0: usize, from1: usize, from2: usize, from3: usize,
  kernelRows: i32, rowLength: i32, kernelRowSkip: usize,
  panel: usize, y: usize, yStep: usize, pixels: i32, columns: i32, flags: i32,
): void {
  let a0 = from0;
  let a1 = from1;
  let a2 = from2;
  let a3 = from3;
  let b = panel + PANEL_STEP;
  let s00 = v128.load(panel);
  let s01 = v128.load(panel, 16);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  let rowsLeft = kernelRows;
  do {
    for (let left = rowLength; left > 0; left--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = isVoid<PixelStep>() ? v128.load32_splat(a1) : v128.load32_splat(a0, 32 * sizeof<PixelStep>());
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = isVoid<PixelStep>() ? v128.load32_splat(a2) : v128.load32_splat(a0, 64 * sizeof<PixelStep>());
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = isVoid<PixelStep>() ? v128.load32_splat(a3) : v128.load32_splat(a0, 96 * sizeof<PixelStep>());
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      b += PANEL_STEP;
      a0 += 4;
      if (isVoid<PixelStep>()) {
        a1 += 4;
        a2 += 4;
        a3 += 4;
      }
    }
    if (isVoid<KernelRows>()) break;
    a0 += kernelRowSkip;
    if (isVoid<PixelStep>()) {
      a1 += kernelRowSkip;
      a2 += kernelRowSkip;
      a3 += kernelRowSkip;
    }
  } while (--rowsLeft > 0);

  const y1 = y + yStep;
  const y2 = y1 + yStep;
  const y3 = y2 + yStep;
  if (pixels == 4 && columns == 4) {
    v128.store(y, applyEpilogue(s00, y, flags));
    v128.store(y1, applyEpilogue(s10, y1, flags));
    v128.store(y2, applyEpilogue(s20, y2, flags));
    v128.store(y3, applyEpilogue(s30, y3, flags));
    return;
  }
  if (pixels < 4 || columns < 8) {
    storePartialRow(y, s00, s01, columns, flags);
    if (pixels > 1) storePartialRow(y1, s10, s11, columns, flags);
    if (pixels > 2) storePartialRow(y2, s20, s21, columns, flags);
    if (pixels > 3) storePartialRow(y3, s30, s31, columns, flags);
    return;
  }
  if (flags & FLAG_ACCUMULATE) {
    s00 = f32x4.add(v128.load(y), s00);
    s01 = f32x4.add(v128.load(y, 16), s01);
    s10 = f32x4.add(v128.load(y1), s10);
    s11 = f32x4.add(v128.load(y1, 16), s11);
    s20 = f32x4.add(v128.load(y2), s20);
    s21 = f32x4.add(v128.load(y2, 16), s21);
    s30 = f32x4.add(v128.load(y3), s30);
    s31 = f32x4.add(v128.load(y3, 16), s31);
  }
  if (flags & FLAG_RELU) {
    // pmax(x, 0) is x < 0 ? 0 : x, one instruction, and lets NaN through.
    const zero = f32x4.splat(0);
    s00 = f32x4.pmax(s00, zero);
    s01 = f32x4.pmax(s01, zero);
    s10 = f32x4.pmax(s10, zero);
    s11 = f32x4.pmax(s11, zero);
    s20 = f32x4.pmax(s20, zero);
    s21 = f32x4.pmax(s21, zero);
    s30 = f32x4.pmax(s30, zero);
    s31 = f32x4.pmax(s31, zero);
  }
  v128.store(y, s00);
  v128.store(y, s01, 16);
  v128.store(y1, s10);
  v128.store(y1, s11, 16);
  v128.store(y2, s20);
  v128.store(y2, s21, 16);
  v128.store(y3, s30);
  v128.store(y3, s31, 16);
}
