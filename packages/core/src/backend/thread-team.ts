/**
 * How several threads run one program together.
 *
 * Mental model: all threads see the same memory and hold the same program. Each walks the same list of launches and
 * computes its own share of each one's items; at the end of a launch they wait for each other, because the next one
 * may read what any of them wrote. Nothing is handed over: programs themselves are written into the shared memory,
 * and a thread derives its share from its number alone.
 *
 * The threads meet in a few int32 words of shared memory. Waiting is done by looking again (launches are
 * microseconds long), and after a while by sleeping, so that an idle team costs nothing. A page's main thread may
 * not sleep; leading from there works, and looks again until the launch is done.
 *
 * How threads are started differs between Node and a page and is the caller's matter: a thread calls `serveTeam`,
 * and the leader, once all of them said that they are ready, uses `TeamLeader`. Nobody waits here for a thread that
 * is still to start: browsers start one only while the thread that asked for it returns to its event loop.
 */
import { MienError } from '../errors.js';
import { KERNEL_NAMES, type KernelExports } from './generated/kernel-signatures.js';
import { callKernel, instantiateKernels, type Kernels } from './kernels.js';
import type { Launch, Program } from './program.js';

/** Words of the meeting point. */
const WORD = {
  /** Counts runs; a change of it starts the members. */
  run: 0,
  /** Byte offset of the run's program in the kernels' memory; 0 ends the members. */
  program: 1,
  /** Arrivals at the end of launches, of all threads and launches since the team started; wraps around. */
  arrivals: 2,
  /** Set by a member whose kernel trapped. */
  failed: 3,
} as const;
const WORD_COUNT = 16;
const STOP = 0;

/** Looks before a thread goes to sleep: some tens of microseconds, more than almost every launch takes. */
const SPINS_BEFORE_SLEEP = 20_000;
/** A member that did not arrive within this time is gone (killed). */
const GIVE_UP_MS = 60_000;
/** How long a sleeping thread sleeps before it looks for failures. */
const SLEEP_MS = 1000;

/** The words of shared memory in which leader and members meet. */
export type Barrier = Int32Array<SharedArrayBuffer>;

export function createBarrier(): Barrier {
  return new Int32Array(new SharedArrayBuffer(WORD_COUNT * Int32Array.BYTES_PER_ELEMENT));
}

/** The range of items that one of `threads` threads computes; the ranges of all are disjoint and cover the launch. */
export function shareOf(
  { items, grain }: Launch,
  thread: number,
  threads: number,
): readonly [number, number] {
  const grains = Math.ceil(items / grain);
  const begin = Math.floor((grains * thread) / threads) * grain;
  const end = Math.floor((grains * (thread + 1)) / threads) * grain;
  return [begin, Math.min(end, items)];
}

/** Whether this thread may sleep; a page's main thread may not. Asked once, by a wait that is over at once. */
let maySleep: boolean | undefined;
function canSleep(): boolean {
  if (maySleep === undefined) {
    try {
      Atomics.wait(createBarrier(), WORD.run, 0, 0);
      maySleep = true;
    } catch {
      maySleep = false;
    }
  }
  return maySleep;
}

/** Waits until the word, as a counter that wraps around, has reached `target`. */
function waitFor(meeting: Barrier, word: number, target: number, giveUpMs: number): void {
  const reached = () => ((Atomics.load(meeting, word) - target) | 0) >= 0;
  for (let spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    if (reached()) return;
  }
  const start = Date.now();
  while (!reached()) {
    if (Atomics.load(meeting, WORD.failed) !== 0 || Date.now() - start > giveUpMs) {
      throw new MienError(
        'UNSUPPORTED',
        'threads: a thread stopped in the middle of its work; run with one thread',
      );
    }
    const value = Atomics.load(meeting, word);
    if (((value - target) | 0) < 0 && canSleep()) Atomics.wait(meeting, word, value, SLEEP_MS);
  }
}

/** One thread's part in the runs of a team. */
class Participant {
  #arrivals = 0;

  constructor(
    readonly kernels: KernelExports,
    readonly thread: number,
    readonly threads: number,
    readonly meeting: Barrier,
  ) {}

  runShare(program: Program): void {
    for (const launch of program) {
      const [begin, end] = shareOf(launch, this.thread, this.threads);
      if (begin < end) callKernel(this.kernels, launch, begin, end);
      this.#arrivals = (this.#arrivals + this.threads) | 0;
      const arrived = (Atomics.add(this.meeting, WORD.arrivals, 1) + 1) | 0;
      if (arrived === this.#arrivals) Atomics.notify(this.meeting, WORD.arrivals);
      else waitFor(this.meeting, WORD.arrivals, this.#arrivals, GIVE_UP_MS);
    }
  }
}

/**
 * A member's life: waits for runs and takes part in them until the leader stops the team. Blocks its thread.
 *
 * @param thread 1 … threads − 1; the leader is 0
 * @param onReady is called once, when nothing can fail any more before the first run
 */
export function serveTeam(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  thread: number,
  threads: number,
  meeting: Barrier,
  onReady: () => void,
): void {
  const participant = new Participant(instantiateKernels(module, memory), thread, threads, meeting);
  const programs = new Map<number, Program>();
  onReady();
  for (let run = 1; ; run = (run + 1) | 0) {
    waitFor(meeting, WORD.run, run, Number.POSITIVE_INFINITY);
    const offset = Atomics.load(meeting, WORD.program);
    if (offset === STOP) return;
    try {
      let program = programs.get(offset);
      if (program === undefined) {
        program = decodeProgram(memory, offset);
        programs.set(offset, program);
      }
      participant.runShare(program);
    } catch (error) {
      Atomics.store(meeting, WORD.failed, 1);
      Atomics.notify(meeting, WORD.arrivals);
      throw error;
    }
  }
}

/** Starts runs and takes part in them as thread 0. */
export class TeamLeader {
  readonly #kernels: Kernels;
  readonly #participant: Participant;
  readonly #meeting: Barrier;
  readonly #offsets = new Map<Program, number>();

  constructor(
    kernels: Kernels,
    readonly threads: number,
    meeting: Barrier,
  ) {
    this.#kernels = kernels;
    this.#meeting = meeting;
    this.#participant = new Participant(kernels.exports, 0, threads, meeting);
  }

  /** Runs a program on all threads, which must be ready; returns when it is done. */
  run(program: Program): void {
    let offset = this.#offsets.get(program);
    if (offset === undefined) {
      offset = encodeProgram(this.#kernels, program);
      this.#offsets.set(program, offset);
    }
    this.#start(offset);
    this.#participant.runShare(program);
  }

  /** Ends all members. */
  stop(): void {
    this.#start(STOP);
  }

  #start(programOffset: number): void {
    Atomics.store(this.#meeting, WORD.program, programOffset);
    Atomics.add(this.#meeting, WORD.run, 1);
    Atomics.notify(this.#meeting, WORD.run);
  }
}

// A program in memory: float64 values [launches, then for each: kernel, items, grain, argument count, arguments …].

function encodeProgram(kernels: Kernels, program: Program): number {
  const values = [program.length];
  for (const { kernel, items, grain, args } of program) {
    values.push(KERNEL_NAMES.indexOf(kernel), items, grain, args.length, ...args);
  }
  const offset = kernels.allocate(values.length * Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(kernels.memory.buffer, offset, values.length).set(values);
  return offset;
}

function decodeProgram(memory: WebAssembly.Memory, offset: number): Program {
  // The buffer is read anew: the leader may have grown the memory since.
  const values = new Float64Array(memory.buffer, offset);
  let position = 0;
  const next = () => values[position++] ?? 0;
  return Array.from({ length: next() }, (): Launch => {
    const kernel = KERNEL_NAMES[next()];
    if (kernel === undefined) throw new RangeError('threads: a program names a kernel that does not exist');
    const [items, grain, count] = [next(), next(), next()];
    return { kernel, items, grain, args: Array.from({ length: count }, next) };
  });
}
