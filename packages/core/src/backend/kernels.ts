/**
 * Instances of the WebAssembly kernels, each with one linear memory.
 *
 * There are two builds of the same source: `simd` (fixed-width SIMD, for every current browser and Node) and `relaxed`
 * (relaxed SIMD, for fused multiply-add). The runtime's support is tested by validating a tiny module. The builds differ
 * in the last bits of float32 results; each of them is deterministic.
 */
import { MienError } from '../errors.js';
import { fromBase64 } from '../from-base64.js';
import type { KernelExports } from './generated/kernel-signatures.js';
import type { Launch, Program } from './program.js';

export const KERNEL_BUILDS = ['relaxed', 'simd'] as const;
export type KernelBuild = (typeof KERNEL_BUILDS)[number];

/**
 * (module (func (result v128)
 *   (f32x4.relaxed_madd (f32x4.splat (f32.const 0)) … three times)))
 */
// prettier-ignore
const RELAXED_SIMD_PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01,
  0x00, 0x0a, 0x1c, 0x01, 0x1a, 0x00, 0x43, 0x00, 0x00, 0x00, 0x00, 0xfd, 0x13, 0x43, 0x00, 0x00, 0x00, 0x00,
  0xfd, 0x13, 0x43, 0x00, 0x00, 0x00, 0x00, 0xfd, 0x13, 0xfd, 0x85, 0x02, 0x0b,
]);

/** The best build that this runtime supports. */
export function detectKernelBuild(): KernelBuild {
  return WebAssembly.validate(RELAXED_SIMD_PROBE) ? 'relaxed' : 'simd';
}

/** Modules are imported on demand, so that a page loads only the one it uses. */
const MODULES = {
  simd: () => import('./generated/kernels-simd.js'),
  'simd-shared': () => import('./generated/kernels-simd-shared.js'),
  relaxed: () => import('./generated/kernels-relaxed.js'),
  'relaxed-shared': () => import('./generated/kernels-relaxed-shared.js'),
} as const;

const compiled = new Map<keyof typeof MODULES, Promise<WebAssembly.Module>>();

/** Compiles a module once per process; it is immutable and shared by all instances. */
async function compileKernels(build: KernelBuild, shared: boolean): Promise<WebAssembly.Module> {
  const name = shared ? (`${build}-shared` as const) : build;
  let module = compiled.get(name);
  if (module === undefined) {
    module = MODULES[name]().then(({ wasmBase64 }) => WebAssembly.compile(fromBase64(wasmBase64)));
    compiled.set(name, module);
  }
  return module;
}

const PAGE_BYTES = 65_536;
/** Tensors start on cache lines. */
const ALIGN_BYTES = 64;
/** Offset 0 stays unused: for kernels, a pointer of 0 means "absent". */
const FIRST_FREE_BYTE = ALIGN_BYTES;
/** The largest memory that one instance may grow to (wasm32: 4 GiB less one page). */
const MAX_PAGES = 65_535;

/** A `WebAssembly.Module`, whose type only the DOM's library has: Node programs compile without it. */
export type KernelModule = object;
/** The part of `WebAssembly.Memory` that is used. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(deltaPages: number): number;
}

/** A kernel instance with its own memory. It has one owner, and is cheap to create. */
export class Kernels {
  readonly exports: KernelExports;
  readonly memory: KernelMemory;
  #nextFreeByte = FIRST_FREE_BYTE;

  /** Use {@link createKernels}. */
  constructor(
    readonly build: KernelBuild,
    /** Compiled code; other threads can instantiate it with the same memory. */
    readonly module: KernelModule,
    /** Whether other threads can share the memory. */
    readonly shared: boolean,
  ) {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared });
    this.exports = instantiateKernels(module, this.memory);
  }

  /**
   * Reserves `sizeBytes` of memory and returns its byte offset (a multiple of 64). It holds zeros, or
   * old contents if {@link Kernels.releaseTo} was used. Growing the memory detaches earlier typed arrays, so create views
   * after allocating.
   *
   * @throws MienError `INPUT_TOO_LARGE` if the memory cannot grow that far
   */
  allocate(sizeBytes: number): number {
    const offset = this.#nextFreeByte;
    const end = offset + Math.ceil(sizeBytes / ALIGN_BYTES) * ALIGN_BYTES;
    const missingPages = Math.ceil(end / PAGE_BYTES) - this.memory.buffer.byteLength / PAGE_BYTES;
    if (missingPages > 0) {
      try {
        this.memory.grow(missingPages);
      } catch (cause) {
        throw new MienError(
          'INPUT_TOO_LARGE',
          `kernels: cannot allocate ${end} bytes of working memory; use a smaller picture or batch`,
          { cause },
        );
      }
    }
    this.#nextFreeByte = end;
    return offset;
  }

  /** Releases all memory from `mark` on (a value that `allocate` returned). Contents stay. */
  releaseTo(mark: number): void {
    this.#nextFreeByte = mark;
  }

  /** A float32 view; valid until the next `allocate`. */
  f32(offset: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, offset, length);
  }

  /** An int32 view; valid until the next `allocate`. */
  i32(offset: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, offset, length);
  }

  /** A byte view; valid until the next `allocate`. */
  u8(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, offset, length);
  }

  /** Runs a program on this thread. */
  run(program: Program): void {
    for (const launch of program) callKernel(this.exports, launch, 0, launch.items);
  }
}

/** Computes the items `begin … end` of a launch. */
export function callKernel(
  kernels: KernelExports,
  { kernel, args }: Launch,
  begin: number,
  end: number,
): void {
  const call: (...args: number[]) => void = kernels[kernel];
  call(...args, begin, end);
}

/** Instantiates compiled kernels with existing memory. */
export function instantiateKernels(module: KernelModule, memory: KernelMemory): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory: memory as WebAssembly.Memory } })
    .exports as unknown as KernelExports;
}

export interface KernelsOptions {
  /** Default: the best one that this runtime supports. */
  readonly build?: KernelBuild;
  /** Whether other threads can share the memory (needs SharedArrayBuffer); default false. */
  readonly shared?: boolean;
}

export async function createKernels(options: KernelsOptions = {}): Promise<Kernels> {
  const { build = detectKernelBuild(), shared = false } = options;
  return new Kernels(build, await compileKernels(build, shared), shared);
}
