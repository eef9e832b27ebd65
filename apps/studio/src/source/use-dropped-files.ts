import { useEffect, useState } from 'preact/hooks';
import { readDropped } from './dropped-entries.js';
import { openFiles } from './open-files.js';

/**
 * Opens files that are dropped anywhere or pasted.
 *
 * @returns whether files hang over the window
 */
export function useDroppedFiles(): boolean {
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
        void readDropped(event.dataTransfer).then((dropped) => openFiles(dropped.map(({ file }) => file)));
      },
      { signal },
    );
    document.addEventListener('paste', ({ clipboardData }) => openFiles([...(clipboardData?.files ?? [])]), {
      signal,
    });
    return () => listeners.abort();
  }, []);
  return isDropping;
}
