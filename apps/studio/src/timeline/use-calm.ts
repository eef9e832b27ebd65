import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

/**
 * The value of a signal that may change hundreds of times a second, for what takes long to draw.
 *
 * @param intervalMs it changes at most this often
 */
export function useCalm<T>(source: ReadonlySignal<T>, intervalMs: number): T {
  const [value, setValue] = useState(() => source.peek());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = source.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setValue(() => source.peek());
      }, intervalMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [source, intervalMs]);
  return value;
}
