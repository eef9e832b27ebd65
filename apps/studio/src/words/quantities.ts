/** Lengths and sizes, as they are written in every language. */
export function toClock(timeMs: number): string {
  const seconds = Math.ceil(timeMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function toMegabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)}\u00a0MB`;
}
