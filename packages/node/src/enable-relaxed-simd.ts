import v8 from 'node:v8';

/** Relaxed SIMD is on by default from V8 11.4 (Chrome 114); Node 20 has 11.3, where it works behind a flag. */
const FIRST_WITHOUT_FLAG = [11, 4] as const;

/**
 * Turns on relaxed SIMD if the runtime has it behind a flag; otherwise it does nothing. Call it before the first kernel is
 * compiled, because the build of the kernels is chosen by the features of the runtime.
 */
export function enableRelaxedSimd(version = process.versions.v8): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [flaglessMajor, flaglessMinor] = FIRST_WITHOUT_FLAG;
  if (major > flaglessMajor || (major === flaglessMajor && minor >= flaglessMinor)) return;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
}
