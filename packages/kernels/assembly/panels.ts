/**
 * The packed layout of the right-hand matrix of a product: panels of eight columns.
 *
 * A k × n matrix, the weights of a layer, is stored as [⌈n / 8⌉][1 + k][8], so that a tile reads consecutive memory for
 * any n. Read directly from a row-major matrix of 128 columns, the rows of a panel would fall into an eighth of the L1
 * cache's sets and evict each other (40 instead of 50 GFLOP/s). The first row of a panel holds the initial values of the
 * sums: the bias, or zeros. Columns after the last one are zeros.
 * Ref: packing as in Goto, van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), section 5.
 */

/** Columns of a panel. */
export const PANEL_COLUMNS: i32 = 8;
/** Bytes of a row of a panel. */
export const PANEL_STEP: usize = 32;

/** panels[q][0][j] = bias[8q + j] or 0, panels[q][1 + i][j] = w[i][8q + j]; items are panels. */
export function packPanels(w: usize, bias: usize, panels: usize, k: i32, n: i32, begin: i32, end: i32): void {
  const step = n << 2;
  for (let panel = begin; panel < end; panel++) {
    const first = panel * PANEL_COLUMNS;
    const columns = min(PANEL_COLUMNS, n - first);
    let to = panels + panel * (k + 1) * <i32>PANEL_STEP;
    copyRow(bias ? bias + (first << 2) : 0, to, columns);
    let from = w + (first << 2);
    for (let i = 0; i < k; i++) {
      to += PANEL_STEP;
      copyRow(from, to, columns);
      from += step;
    }
  }
}

/**
 * Packs a kernel w[kh][kw][cIn][cOut] rotated by 180° and with its channels swapped, as the data gradient of a convolution
 * needs it: a (rows · columns · cOut) × cIn matrix. Takes every `step`-th row of the kernel, `rows` of them from `firstRow`
 * on, and likewise `columns` columns from `firstColumn` on, in reverse order. Items are panels, ⌈cIn / 8⌉.
 */
export function packRotatedPanels(
  w: usize, panels: usize,
  kw: i32, cIn: i32, cOut: i32, firstRow: i32, rows: i32, firstColumn: i32, columns: i32, step: i32,
  begin: i32, end: i32,
): void {
  const panelBytes = (rows * columns * cOut + 1) * <i32>PANEL_STEP;
  for (let panel = begin; panel < end; panel++) {
    const first = panel * PANEL_COLUMNS;
    const inputs = min(PANEL_COLUMNS, cIn - first);
    let to = panels + panel * panelBytes;
    copyRow(0, to, 0);
    to += PANEL_STEP;
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = columns - 1; column >= 0; column--) {
        const place = (firstRow + row * step) * kw + firstColumn + column * step;
        const from = w + ((place * cIn + first) * cOut << 2);
        for (let co = 0; co < cOut; co++) {
          let source = from + (co << 2);
          for (let ci = 0; ci < PANEL_COLUMNS; ci++) {
            store<f32>(to + (ci << 2), ci < inputs ? load<f32>(source) : 0);
            source += cOut << 2;
          }
          to += PANEL_STEP;
        }
      }
    }
  }
}

/** One row of a panel: `columns` values from memory (none if `from` is 0), then zeros. */
@inline
function copyRow(from: usize, to: usize, columns: i32): void {
  if (from && columns == PANEL_COLUMNS) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    return;
  }
  for (let j = 0; j < PANEL_COLUMNS; j++) {
    store<f32>(to + (j << 2), from && j < columns ? load<f32>(from + (j << 2)) : 0);
  }
}
