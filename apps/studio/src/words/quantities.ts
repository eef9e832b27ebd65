/** Lengths and sizes, as they are written in every language. */
export function toClock(timeMs: number): string {
  const seconds = Math.ceil(timeMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function toMegabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1e6).toFixed(1)}\u00a0MB`;
}

/** As many names as are read at a glance; the others are counted. */
const MOST_NAMES = 4;

export function listNames(names: readonly string[], and: string): string {
  const more = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return more > 0 ? `${shown}, ${and} ${more}` : shown;
}

/** What the engine says of a file names it already. */
export function nameOnce(name: string, message: string): string {
  return message.startsWith(`${name}:`) ? message : `${name}: ${message}`;
}
