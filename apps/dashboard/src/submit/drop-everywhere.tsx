/** Files may be dropped anywhere on the page. */
import { useCallback } from 'preact/hooks';
import { readDropped } from '../../../shared/files/dropped-entries.js';
import { useDrop } from '../../../shared/files/use-drop.js';
import type { NamedFile } from '../../../shared/service/send-job.js';
import { report } from '../state/service.js';
import { words } from '../words/words.js';

export function DropEverywhere({ onFiles }: { readonly onFiles: (files: NamedFile[]) => void }) {
  const onDrop = useCallback(
    (transfer: DataTransfer) => {
      readDropped(transfer).then(
        (files) => onFiles(files.map(({ path, file }) => ({ name: path, file }))),
        report,
      );
    },
    [onFiles],
  );
  return useDrop(onDrop) ? <div class="drop">{words.value.submit.drop}</div> : null;
}
