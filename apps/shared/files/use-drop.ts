import { useEffect, useState } from 'preact/hooks';

/**
 * Takes what is dropped anywhere on the page, unless something there takes it itself.
 *
 * @param onDrop must read the transfer before it awaits anything; the same function each time
 * @returns whether files hang over the page
 */
export function useDrop(onDrop: (transfer: DataTransfer) => void): boolean {
  const [isDropping, setDropping] = useState(false);
  useEffect(() => {
    const listeners = new AbortController();
    const { signal } = listeners;
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true;
    document.addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDropping(true);
      },
      { signal },
    );
    document.addEventListener(
      'dragleave',
      ({ relatedTarget }) => {
        if (relatedTarget === null) setDropping(false);
      },
      { signal },
    );
    document.addEventListener(
      'drop',
      (event) => {
        setDropping(false);
        // What takes files itself says so.
        if (!hasFiles(event) || event.dataTransfer === null || event.defaultPrevented) return;
        event.preventDefault();
        onDrop(event.dataTransfer);
      },
      { signal },
    );
    return () => listeners.abort();
  }, [onDrop]);
  return isDropping;
}
