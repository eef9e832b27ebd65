/**
 * A recording of any length as a fixed number of columns of equal duration: as many as a drawing can show. So ten hours
 * need no more memory than a minute.
 *
 * A frame's reading lasts until the next frame. It counts for every column that it overlaps, weighted by the overlap: a
 * column is the weighted mean of its readings.
 */

/** The resolution of pages and pictures. */
export const COLUMNS = 1000;
/** A smaller part of a column is a rounding error of the times. */
const LEAST_PART = 1e-6;

export interface TimeSpan {
  readonly startMs: number;
  /** After the start. */
  readonly endMs: number;
}

/** What a face showed in some time. */
export interface Reading {
  /** In the order of the labels. */
  readonly probabilities: readonly number[];
  /** Index of the label. */
  readonly shown: number;
  readonly isUnsure: boolean;
}

/** What a face showed in one column; `shown` and `isUnsure` are the values with the longest duration. */
export type Column = Reading;

/** Collects the readings of one face. */
export class TimeColumns {
  readonly #span: TimeSpan;
  readonly #labelCount: number;
  /** By column: the part in which the face was seen, and the part in which its reading was unsure. */
  readonly #seen = new Float64Array(COLUMNS);
  readonly #unsure = new Float64Array(COLUMNS);
  /** `[COLUMNS, labels]` */
  readonly #probabilities: Float64Array;
  readonly #shown: Float64Array;

  constructor(span: TimeSpan, labelCount: number) {
    this.#span = span;
    this.#labelCount = labelCount;
    this.#probabilities = new Float64Array(COLUMNS * labelCount);
    this.#shown = new Float64Array(COLUMNS * labelCount);
  }

  add({ probabilities, shown, isUnsure }: Reading, fromMs: number, untilMs: number): void {
    forEachColumn(this.#span, fromMs, untilMs, (column, part) => {
      const first = column * this.#labelCount;
      this.#seen[column]! += part;
      if (isUnsure) this.#unsure[column]! += part;
      this.#shown[first + shown]! += part;
      for (let label = 0; label < this.#labelCount; label++) {
        this.#probabilities[first + label]! += part * (probabilities[label] ?? 0);
      }
    });
  }

  /** {@link COLUMNS} columns; `undefined` if the face was not seen. */
  toColumns(): (Column | undefined)[] {
    return Array.from(this.#seen, (seen, column) => {
      if (seen < LEAST_PART) return undefined;
      const labels = [column * this.#labelCount, (column + 1) * this.#labelCount] as const;
      const shown = this.#shown.subarray(...labels);
      return {
        probabilities: Array.from(this.#probabilities.subarray(...labels), (sum) => sum / seen),
        shown: shown.indexOf(Math.max(...shown)),
        isUnsure: this.#unsure[column]! > seen / 2,
      };
    });
  }
}

/** Counts faces without telling them apart. */
export class CrowdColumns {
  readonly #span: TimeSpan;
  readonly #faces = new Float64Array(COLUMNS);

  constructor(span: TimeSpan) {
    this.#span = span;
  }

  add(fromMs: number, untilMs: number): void {
    forEachColumn(this.#span, fromMs, untilMs, (column, part) => {
      this.#faces[column]! += part;
    });
  }

  /** Mean number of faces at the same time, by column. */
  toColumns(): readonly number[] {
    return Array.from(this.#faces, (faces) => (faces < LEAST_PART ? 0 : faces));
  }
}

/** Visits the columns that an interval overlaps, with the part of the column (0 to 1) that it covers. */
function forEachColumn(
  { startMs, endMs }: TimeSpan,
  fromMs: number,
  untilMs: number,
  visit: (column: number, part: number) => void,
): void {
  const perMs = COLUMNS / (endMs - startMs);
  const from = Math.max(0, (fromMs - startMs) * perMs);
  const until = Math.min(COLUMNS, (untilMs - startMs) * perMs);
  for (let column = Math.floor(from); column < until; column++) {
    visit(column, Math.min(until, column + 1) - Math.max(from, column));
  }
}
