/**
 * Writes a program and plans its memory.
 *
 * Mental model: while a network is compiled, tensors are symbolic buffers of known size. The builder records which
 * launches use each buffer. At the end, buffers that are not in use at the same time share bytes of one arena, and
 * symbolic arguments become byte offsets. Constants and state (weights, moments) are not symbolic: they are plain
 * offsets that the caller allocated.
 */
import type { KernelExports, KernelName } from './generated/kernel-signatures.js';
import type { Kernels } from './kernels.js';
import type { Launch, Program } from './program.js';

/** A tensor in the arena, before it has an offset. */
export interface ArenaBuffer {
  readonly sizeBytes: number;
}

type Symbolic<Args extends readonly unknown[]> = { [Index in keyof Args]: number | ArenaBuffer };

/** The parameters of a kernel without `begin` and `end`; pointers may be buffers. */
export type LaunchArgs<Kernel extends KernelName> =
  Parameters<KernelExports[Kernel]> extends [...infer Args, number, number] ? Symbolic<Args> : never;

interface PendingLaunch {
  readonly kernel: KernelName;
  readonly args: readonly (number | ArenaBuffer)[];
  readonly items: number;
  readonly grain: number;
}

interface Lifetime {
  readonly buffer: ArenaBuffer;
  first: number;
  last: number;
}

/** A range of the kernels' memory; programs that never run at the same time can share it. */
export interface Arena {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A program whose buffers have offsets. */
export interface PlannedProgram {
  readonly program: Program;
  readonly arena: Arena;
  /** Byte offset in the kernels' memory. */
  offsetOf(buffer: ArenaBuffer): number;
}

const ALIGN_BYTES = 64;

export class ProgramBuilder {
  readonly #launches: PendingLaunch[] = [];
  readonly #lifetimes = new Map<ArenaBuffer, Lifetime>();

  /** Declares a tensor of `elements` float32 (or int32) values. It gets an offset later; its contents are undefined. */
  buffer(elements: number): ArenaBuffer {
    return { sizeBytes: elements * 4 };
  }

  /** Reserves a buffer from the program's start, for an input that the caller writes. */
  pinInput(buffer: ArenaBuffer): void {
    this.#touch(buffer, 0);
  }

  /** Reserves a buffer until the program's end, for an output that the caller reads. */
  pinOutput(buffer: ArenaBuffer): void {
    this.#touch(buffer, Number.POSITIVE_INFINITY);
  }

  /** Appends a launch over `items`; see `program.ts` for `grain`. */
  launch<Kernel extends KernelName>(
    kernel: Kernel,
    args: LaunchArgs<Kernel>,
    items: number,
    grain = 1,
  ): void {
    const operands: readonly (number | ArenaBuffer)[] = args;
    for (const operand of operands) {
      if (typeof operand !== 'number') this.#touch(operand, this.#launches.length);
    }
    this.#launches.push({ kernel, args: operands, items, grain });
  }

  /**
   * Plans the arena, allocates it from `kernels` and resolves every argument.
   *
   * @param shared arena of a program that never runs at the same time, reused if it is large enough
   */
  finish(kernels: Kernels, shared?: Arena): PlannedProgram {
    const { places, arenaBytes } = planArena([...this.#lifetimes.values()]);
    const arena =
      shared !== undefined && arenaBytes <= shared.sizeBytes
        ? shared
        : { offset: kernels.allocate(arenaBytes), sizeBytes: arenaBytes };
    const offsetOf = (buffer: ArenaBuffer): number => {
      const place = places.get(buffer);
      if (place === undefined) throw new RangeError('program: a buffer that no launch uses has no place');
      return arena.offset + place;
    };
    const program = this.#launches.map(({ args, ...launch }): Launch => ({
      ...launch,
      args: args.map((operand) => (typeof operand === 'number' ? operand : offsetOf(operand))),
    }));
    return { program, arena, offsetOf };
  }

  #touch(buffer: ArenaBuffer, time: number): void {
    const lifetime = this.#lifetimes.get(buffer);
    if (lifetime === undefined) {
      this.#lifetimes.set(buffer, { buffer, first: time, last: time });
    } else {
      lifetime.first = Math.min(lifetime.first, time);
      lifetime.last = Math.max(lifetime.last, time);
    }
  }
}

/**
 * Assigns an offset to every buffer, so that buffers with overlapping lifetimes do not share bytes.
 *
 * Greedy by size: the largest buffer first, each at the lowest offset that is free for its whole lifetime.
 * Ref: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, section 5.2.
 */
export function planArena(lifetimes: readonly Lifetime[]): {
  places: ReadonlyMap<ArenaBuffer, number>;
  arenaBytes: number;
} {
  const bySize = [...lifetimes].sort((a, b) => b.buffer.sizeBytes - a.buffer.sizeBytes || a.first - b.first);
  const placed: { readonly lifetime: Lifetime; readonly start: number; readonly end: number }[] = [];
  let arenaBytes = 0;
  for (const lifetime of bySize) {
    const size = Math.ceil(lifetime.buffer.sizeBytes / ALIGN_BYTES) * ALIGN_BYTES;
    let start = 0;
    for (const other of placed) {
      const overlapsInTime = other.lifetime.first <= lifetime.last && lifetime.first <= other.lifetime.last;
      // `placed` is sorted by start, so the first gap that is large enough is the lowest.
      if (!overlapsInTime || other.end <= start) continue;
      if (other.start >= start + size) break;
      start = other.end;
    }
    placed.push({ lifetime, start, end: start + size });
    placed.sort((a, b) => a.start - b.start);
    arenaBytes = Math.max(arenaBytes, start + size);
  }
  return { places: new Map(placed.map(({ lifetime, start }) => [lifetime.buffer, start])), arenaBytes };
}
