/** Files may be dropped anywhere on the page. */
import { useEffect, useState } from 'preact/hooks';
import { report } from '../state/service.js';
import { words } from '../words/words.js';
import { readDrop, type NamedFile } from './dropped-files.js';

export function DropEverywhere({ onFiles }: { readonly onFiles: (files: NamedFile[]) => void }) {
  const [isDropping, setDropping] = useState(false);
  useEffect(() => {
    const listeners = new AbortController();
    const { signal } = listeners;
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true;
    addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDropping(true);
      },
      { signal },
    );
    addEventListener('dragleave', ({ relatedTarget }) => relatedTarget === null && setDropping(false), {
      signal,
    });
    addEventListener(
      'drop',
      (event) => {
        setDropping(false);
        const { dataTransfer } = event;
        if (!hasFiles(event) || dataTransfer === null) return;
        event.preventDefault();
        readDrop(dataTransfer).then(onFiles, report);
      },
      { signal },
    );
    return () => listeners.abort();
  }, [onFiles]);
  return isDropping ? <div class="drop">{words.value.submit.drop}</div> : null;
}
