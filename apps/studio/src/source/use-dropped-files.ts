import { useEffect } from 'preact/hooks';
import { readDropped } from '../../../shared/files/dropped-entries.js';
import { useDrop } from '../../../shared/files/use-drop.js';
import { openFiles } from './open-files.js';

function open(transfer: DataTransfer): void {
  void readDropped(transfer).then((dropped) => openFiles(dropped.map(({ file }) => file)));
}

/**
 * Opens files that are dropped anywhere or pasted.
 *
 * @returns whether files hang over the window
 */
export function useDroppedFiles(): boolean {
  useEffect(() => {
    const listeners = new AbortController();
    document.addEventListener('paste', ({ clipboardData }) => openFiles([...(clipboardData?.files ?? [])]), {
      signal: listeners.signal,
    });
    return () => listeners.abort();
  }, []);
  return useDrop(open);
}
