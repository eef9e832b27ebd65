/**
 * Solves the linear assignment problem: pairs rows with columns at the lowest total cost, by shortest augmenting paths in
 * O(rows² · columns).
 *
 * Each row is added in turn; to make room for it, earlier rows may change their column along the cheapest alternating
 * path. Potentials (`rowPrice`, `columnPrice`) keep the reduced costs non-negative, so Dijkstra's algorithm finds this
 * path.
 *
 * Ref: Jonker, Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
 * Computing 38, 1987. Without their initial heuristics, because frames have few faces.
 */

/** Cost of a forbidden pair. Finite, so that sums with it stay accurate enough. */
export const FORBIDDEN = 1e6;

/**
 * @param costs `[rows][columns]`, each from 0 to {@link FORBIDDEN}
 * @returns the column of every row; −1 if there are too few columns, or all remaining pairs are forbidden
 */
export function assign(costs: readonly (readonly number[])[], columns: number): number[] {
  const rows = costs.length;
  // One extra forbidden column per row: no row has to take a real column, and there are always enough.
  const width = columns + rows;
  const costOf = (row: number, column: number) =>
    column < columns ? (costs[row]?.[column] ?? FORBIDDEN) : FORBIDDEN;

  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(width);
  const rowOf = new Int32Array(width).fill(-1);
  const distance = new Float64Array(width);
  const previous = new Int32Array(width);
  const done = new Uint8Array(width);

  for (let newRow = 0; newRow < rows; newRow++) {
    distance.fill(Infinity);
    previous.fill(-1);
    done.fill(0);
    let row = newRow;
    let reached = 0; // Length of the path to `row`.
    let last = -1; // The column before `row` on the path; −1 at its start.
    for (;;) {
      let nearest = -1;
      for (let column = 0; column < width; column++) {
        if (done[column]) continue;
        const length = reached + costOf(row, column) - rowPrice[row]! - columnPrice[column]!;
        if (length < distance[column]!) {
          distance[column] = length;
          previous[column] = last;
        }
        if (nearest < 0 || distance[column]! < distance[nearest]!) nearest = column;
      }
      done[nearest] = 1;
      reached = distance[nearest]!;
      last = nearest;
      if (rowOf[nearest]! < 0) break;
      row = rowOf[nearest]!;
    }
    rowPrice[newRow]! += reached;
    for (let column = 0; column < width; column++) {
      if (!done[column] || column === last) continue;
      rowPrice[rowOf[column]!]! += reached - distance[column]!;
      columnPrice[column]! -= reached - distance[column]!;
    }
    for (let column = last; column >= 0; column = previous[column]!) {
      const before = previous[column]!;
      rowOf[column] = before < 0 ? newRow : rowOf[before]!;
    }
  }

  const columnOf = new Array<number>(rows).fill(-1);
  for (let column = 0; column < columns; column++) {
    const row = rowOf[column]!;
    if (row >= 0 && costOf(row, column) < FORBIDDEN) columnOf[row] = column;
  }
  return columnOf;
}
