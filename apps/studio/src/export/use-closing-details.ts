import { useEffect, useRef } from 'preact/hooks';

/** @returns for a `<details>` that is a menu: it closes by Escape, and when something beside it is pressed */
export function useClosingDetails() {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const listeners = new AbortController();
    const close = (): void => details.current?.removeAttribute('open');
    document.addEventListener(
      'pointerdown',
      ({ target }) => {
        if (!(target instanceof Node) || details.current?.contains(target) !== true) close();
      },
      { signal: listeners.signal },
    );
    document.addEventListener(
      'keydown',
      ({ key, target }) => {
        if (key !== 'Escape' || details.current?.open !== true) return;
        close();
        // The focus would be on what is not seen any more.
        if (target instanceof Node && details.current.contains(target))
          details.current.querySelector('summary')?.focus();
      },
      { signal: listeners.signal },
    );
    return () => listeners.abort();
  }, []);
  return details;
}
