import { MienError } from '@mien/core';

/** A row of 2,304 three-digit numbers and spaces needs 9,216 bytes. */
const MAX_LINE_BYTES = 65_536;

const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];

/** Splits chunks of bytes into lines. Lines within a chunk are views of it; lines across chunks are copied. */
export class LineScanner {
  #pending: Uint8Array = new Uint8Array(0);
  #number = 0;

  constructor(
    readonly path: string,
    readonly onLine: (line: Uint8Array, number: number) => void,
  ) {}

  push(chunk: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      this.#emit(this.#join(chunk.subarray(start, end)));
      start = end + 1;
    }
    this.#pending = this.#join(chunk.slice(start));
    if (this.#pending.length > MAX_LINE_BYTES) {
      throw new MienError(
        'INPUT_INVALID',
        `${this.path}: line ${this.#number + 1} is longer than ${MAX_LINE_BYTES} bytes; expected FER2013's CSV with one picture a line`,
      );
    }
  }

  end(): void {
    if (this.#pending.length > 0) this.#emit(this.#pending);
  }

  #join(tail: Uint8Array): Uint8Array {
    const head = this.#pending;
    if (head.length === 0) return tail;
    this.#pending = new Uint8Array(0);
    const joined = new Uint8Array(head.length + tail.length);
    joined.set(head);
    joined.set(tail, head.length);
    return joined;
  }

  #emit(line: Uint8Array): void {
    this.#number++;
    const end = line[line.length - 1] === CARRIAGE_RETURN ? line.length - 1 : line.length;
    this.onLine(line.subarray(0, end), this.#number);
  }
}
