/**
 * Runs one program on several threads.
 *
 * Mental model: all threads share the same memory and run the same program. Each thread goes through the same list of
 * launches and computes its share of the items. At the end of a launch the threads wait at a barrier, because the next
 * launch may read what any of them wrote. There are no messages: programs are written to the shared memory, and a
 * thread's share depends only on its number.
 *
 * The barrier is a few int32 words of shared memory. A waiting thread spins at first (launches take microseconds) and
 * then sleeps, so that an idle team costs nothing. The main thread of a page must not sleep; as a leader, it spins until
 * the launch is done.
 *
 * Node and pages start threads differently, so the caller starts them: a thread calls `serveTeam`, and once all threads
 * have reported that they are ready, the leader uses `TeamLeader`. Nothing here waits for a thread to start, because
 * browsers start one only after the thread that asked for it returns to its event loop.
 */
import { MienError } from '../errors.js';
import { KERNEL_NAMES, type KernelExports } from './generated/kernel-signatures.js';
import {
  callKernel,
  instantiateKernels,
  type KernelMemory,
  type KernelModule,
  type Kernels,
} from './kernels.js';
import type { Launch, Program } from './program.js';

/** Words of the barrier. */
const WORD = {
  /** Number of runs; a change starts the members. */
  run: 0,
  /** Byte offset of the program to run, in the kernels' memory; 0 stops the members. */
  program: 1,
  /** Number of arrivals at the barrier, over all threads and launches since the team started; wraps around. */
  arrivals: 2,
  /** Set by a member whose kernel trapped. */
  failed: 3,
} as const;
const WORD_COUNT = 16;
const STOP = 0;

/** Spins before a thread sleeps: some tens of microseconds, longer than almost every launch. */
const SPINS_BEFORE_SLEEP = 20_000;
/** A member that does not arrive within this time was killed. */
const GIVE_UP_MS = 60_000;
/** A sleeping thread checks for failures this often. */
const SLEEP_MS = 1000;
/** A longer time between two checks is that of a machine or process that was suspended: all threads stood still. */
const MAX_CHECK_MS = 2 * SLEEP_MS;

/** The shared memory in which leader and members wait for each other. */
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

/** Whether this thread can sleep; the main thread of a page cannot. Tested once, by a wait of 0 ms. */
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

/** Waits until a counter, which wraps around, has reached `target`. */
function waitFor(barrier: Barrier, word: number, target: number, giveUpMs: number): void {
  const reached = () => ((Atomics.load(barrier, word) - target) | 0) >= 0;
  for (let spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    if (reached()) return;
  }
  let waitedMs = 0;
  let checked = Date.now();
  while (!reached()) {
    const now = Date.now();
    waitedMs += Math.max(0, Math.min(now - checked, MAX_CHECK_MS));
    checked = now;
    if (Atomics.load(barrier, WORD.failed) !== 0 || waitedMs > giveUpMs) {
      throw new MienError('WORKER_FAILED', 'threads: a thread stopped during its work; run with one thread');
    }
    const value = Atomics.load(barrier, word);
    if (((value - target) | 0) < 0 && canSleep()) Atomics.wait(barrier, word, value, SLEEP_MS);
  }
}

/** One thread of a team. */
class Participant {
  #arrivals = 0;

  constructor(
    readonly kernels: KernelExports,
    readonly thread: number,
    readonly threads: number,
    readonly barrier: Barrier,
  ) {}

  runShare(program: Program): void {
    for (const launch of program) {
      const [begin, end] = shareOf(launch, this.thread, this.threads);
      if (begin < end) callKernel(this.kernels, launch, begin, end);
      this.#arrivals = (this.#arrivals + this.threads) | 0;
      const arrived = (Atomics.add(this.barrier, WORD.arrivals, 1) + 1) | 0;
      if (arrived === this.#arrivals) Atomics.notify(this.barrier, WORD.arrivals);
      else waitFor(this.barrier, WORD.arrivals, this.#arrivals, GIVE_UP_MS);
    }
  }
}

/**
 * Runs a member: waits for runs and takes part in them until the leader stops the team. Blocks its thread.
 *
 * @param thread 1 … threads − 1; the leader is 0
 * @param onReady called once, when the member is ready for the first run
 */
export function serveTeam(
  module: KernelModule,
  memory: KernelMemory,
  thread: number,
  threads: number,
  barrier: Barrier,
  onReady: () => void,
): void {
  const participant = new Participant(instantiateKernels(module, memory), thread, threads, barrier);
  const programs = new Map<number, Program>();
  onReady();
  for (let run = 1; ; run = (run + 1) | 0) {
    waitFor(barrier, WORD.run, run, Number.POSITIVE_INFINITY);
    const offset = Atomics.load(barrier, WORD.program);
    if (offset === STOP) return;
    try {
      let program = programs.get(offset);
      if (program === undefined) {
        program = decodeProgram(memory, offset);
        programs.set(offset, program);
      }
      participant.runShare(program);
    } catch (error) {
      Atomics.store(barrier, WORD.failed, 1);
      Atomics.notify(barrier, WORD.arrivals);
      throw error;
    }
  }
}

/** The leader of a team: starts runs and takes part in them as thread 0. */
export class TeamLeader {
  readonly #kernels: Kernels;
  readonly #participant: Participant;
  readonly #barrier: Barrier;
  readonly #offsets = new Map<Program, number>();

  constructor(
    kernels: Kernels,
    readonly threads: number,
    barrier: Barrier,
  ) {
    this.#kernels = kernels;
    this.#barrier = barrier;
    this.#participant = new Participant(kernels.exports, 0, threads, barrier);
  }

  /**
   * Runs a program on all threads, which must be ready; returns when it is done.
   *
   * @throws MienError `WORKER_FAILED` if a thread stopped during its work
   */
  run(program: Program): void {
    let offset = this.#offsets.get(program);
    if (offset === undefined) {
      offset = encodeProgram(this.#kernels, program);
      this.#offsets.set(program, offset);
    }
    this.#start(offset);
    this.#participant.runShare(program);
  }

  /** Stops all members. */
  stop(): void {
    this.#start(STOP);
  }

  #start(programOffset: number): void {
    Atomics.store(this.#barrier, WORD.program, programOffset);
    Atomics.add(this.#barrier, WORD.run, 1);
    Atomics.notify(this.#barrier, WORD.run);
  }
}

// A program in memory is float64 values: [launches, then for each: kernel, items, grain, argument count, arguments …].

function encodeProgram(kernels: Kernels, program: Program): number {
  const values = [program.length];
  for (const { kernel, items, grain, args } of program) {
    values.push(KERNEL_NAMES.indexOf(kernel), items, grain, args.length, ...args);
  }
  const offset = kernels.allocate(values.length * Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(kernels.memory.buffer, offset, values.length).set(values);
  return offset;
}

function decodeProgram(memory: KernelMemory, offset: number): Program {
  // Get the buffer again: the leader may have grown the memory.
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
