/**
 * Where the layers of a network go when it is drawn from top to bottom, branches side by side.
 *
 *   rows     each layer one row below the lowest of its inputs; a wire that passes rows has a place in each of them
 *   order    within a row by the mean place of what it is joined to in the row above, then below, and again
 *   columns  as near to those as the widths allow: exactly, by isotonic regression row by row
 *
 * Ref: Sugiyama, Tagawa, Toda 1981, "Methods for Visual Understanding of Hierarchical System Structures". Differs: wires of
 * one layer share their places, so that a densely connected network stays readable, and columns are solved, not estimated.
 */
export interface LayerToPlace {
  readonly name: string;
  /** Names of layers before it. */
  readonly inputs: readonly string[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface NetworkLayout {
  readonly width: number;
  readonly height: number;
  /** Upper left corner of each layer, by its name. */
  readonly corners: ReadonlyMap<string, Point>;
  /** From the lower edge of a layer to the upper edge of one that takes its output. */
  readonly wires: readonly {
    readonly from: string;
    readonly to: string;
    readonly points: readonly Point[];
  }[];
}

export const LAYER_WIDTH = 236;
export const LAYER_HEIGHT = 48;
const ROW_HEIGHT = 76;
const GAP = 22;
/** Of a wire that passes a row. */
const WIRE_WIDTH = 14;
const ORDER_SWEEPS = 6;
const COLUMN_SWEEPS = 10;

/** A layer, or a wire that passes, in its row. */
interface Cell {
  readonly row: number;
  readonly width: number;
  readonly above: Cell[];
  readonly below: Cell[];
  place: number;
  x: number;
}

/** @param layers in topological order */
export function layOutLayers(layers: readonly LayerToPlace[]): NetworkLayout {
  const rows: Cell[][] = [];
  const cells = new Map<string, Cell>();
  /** The places that the output of a layer passes, row by row below it. */
  const passing = new Map<string, Cell[]>();
  const addCell = (row: number, width: number, above: readonly Cell[]): Cell => {
    const list = (rows[row] ??= []);
    const cell: Cell = { row, width, above: [...above], below: [], place: list.length, x: 0 };
    for (const one of above) one.below.push(cell);
    list.push(cell);
    return cell;
  };
  const joined = (name: string, row: number): Cell[] => {
    const source = cells.get(name);
    if (source === undefined) return [];
    const places = passing.get(name) ?? [];
    passing.set(name, places);
    while (source.row + places.length < row - 1) {
      places.push(addCell(source.row + places.length + 1, WIRE_WIDTH, [places.at(-1) ?? source]));
    }
    return [source, ...places.slice(0, row - 1 - source.row)];
  };
  const ways = layers.map(({ name, inputs }) => {
    const row = Math.max(-1, ...inputs.map((input) => cells.get(input)?.row ?? -1)) + 1;
    const found = inputs.map((input) => ({ from: input, cells: joined(input, row) }));
    cells.set(
      name,
      addCell(row, LAYER_WIDTH, found.flatMap((way) => way.cells.slice(-1))), // prettier-ignore
    );
    return found.map((way) => ({ ...way, to: name }));
  });

  for (let sweep = 0; sweep < ORDER_SWEEPS; sweep++) orderRows(rows, sweep % 2 === 0);
  for (const row of rows) alignRow(row, (cell) => cell.x);
  for (let sweep = 0; sweep < COLUMN_SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? rows : rows.toReversed()) {
      alignRow(row, (cell) => mean(isDown ? cell.above : cell.below, ({ x }) => x) ?? cell.x);
    }
  }

  const all = rows.flat();
  const left = Math.min(...all.map(({ x, width }) => x - width / 2));
  const right = Math.max(...all.map(({ x, width }) => x + width / 2));
  const topOf = (cell: Cell): number => cell.row * ROW_HEIGHT;
  const pointOf = (cell: Cell): Point => ({ x: cell.x - left, y: topOf(cell) + LAYER_HEIGHT / 2 });
  const wires = ways.flat().map(({ from, to, cells: passed }) => {
    const [first, ...others] = [...passed, cells.get(to)!].map(pointOf);
    const last = others.pop();
    return {
      from,
      to,
      points: [
        { x: first!.x, y: first!.y + LAYER_HEIGHT / 2 },
        ...others,
        { x: last!.x, y: last!.y - LAYER_HEIGHT / 2 },
      ],
    };
  });
  return {
    width: right - left,
    height: (rows.length - 1) * ROW_HEIGHT + LAYER_HEIGHT,
    corners: new Map(
      [...cells].map(([name, cell]) => [name, { x: cell.x - left - LAYER_WIDTH / 2, y: topOf(cell) }]),
    ),
    wires,
  };
}

function orderRows(rows: readonly Cell[][], isDown: boolean): void {
  for (const row of isDown ? rows : rows.toReversed()) {
    const wanted = new Map(
      row.map((cell) => [cell, mean(isDown ? cell.above : cell.below, ({ place }) => place) ?? cell.place]),
    );
    row.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
    row.forEach((cell, place) => (cell.place = place));
  }
}

/**
 * Moves the cells of a row to where they are wanted, or as near as their order and widths allow: the least sum of squares.
 *
 * With o_i the sum of the distances up to cell i, x_i - o_i must not decrease, and is nearest to w_i - o_i: an isotonic
 * regression. Pooling adjacent violators solves it: cells that would overlap move together, by their mean.
 */
function alignRow(row: readonly Cell[], wantedOf: (cell: Cell) => number): void {
  let offset = 0;
  const offsets = row.map((cell, index) => {
    const before = row[index - 1];
    if (before !== undefined) offset += (before.width + cell.width) / 2 + GAP;
    return offset;
  });
  const pools: { sum: number; count: number }[] = [];
  row.forEach((cell, index) => {
    let pool = { sum: wantedOf(cell) - offsets[index]!, count: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  let at = 0;
  for (const { sum, count } of pools) {
    for (let one = 0; one < count; one++, at++) row[at]!.x = sum / count + offsets[at]!;
  }
}

function mean(cells: readonly Cell[], valueOf: (cell: Cell) => number): number | undefined {
  return cells.length === 0 ? undefined : cells.reduce((sum, cell) => sum + valueOf(cell), 0) / cells.length;
}
