import type { Place } from '@mien/server';
import type { CommandContext } from '../command-context.js';
import { isTerminal } from '../terminal/terminal.js';

/** From then on people wonder what a command waits for. */
const PATIENCE_MS = 1000;

/** Says to people that the embedded database is starting, if that takes a while. A log of JSON stays one. */
export async function tellStart<T>(
  { stderr }: Pick<CommandContext, 'stderr'>,
  place: Place | { readonly kind: 'service' },
  starting: Promise<T>,
): Promise<T> {
  if (place.kind !== 'folder' || !isTerminal(stderr)) return starting;
  const timer = setTimeout(() => stderr.write(`starting the database in ${place.folder}\n`), PATIENCE_MS);
  return starting.finally(() => clearTimeout(timer));
}
