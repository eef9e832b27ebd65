/** How long a job will take, from its pace since this page saw it first. */

interface Sample {
  readonly progress: number;
  readonly atMs: number;
}

/** Less progress says nothing about the pace. */
const LEAST_PROGRESS = 0.005;

export class TimeLeft {
  #first: Sample | undefined;
  #last: Sample | undefined;
  #leftMs: number | undefined;

  /** @returns milliseconds that are left; `undefined` if nothing can be said yet */
  add(progress: number, atMs: number): number | undefined {
    if (this.#last === undefined || progress < this.#last.progress) {
      this.#first = this.#last = { progress, atMs };
      this.#leftMs = undefined;
    }
    // A step that is done counts when it is seen: in between, the time runs down.
    if (progress > this.#last.progress) {
      this.#last = { progress, atMs };
      const { progress: from, atMs: fromMs } = this.#first ?? this.#last;
      const gained = progress - from;
      this.#leftMs = gained < LEAST_PROGRESS ? undefined : ((1 - progress) * (atMs - fromMs)) / gained;
    }
    return this.#leftMs === undefined ? undefined : Math.max(0, this.#leftMs - (atMs - this.#last.atMs));
  }
}
