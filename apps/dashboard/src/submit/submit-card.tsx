import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import { FileButton } from '../../../shared/files/file-button.jsx';
import type { NamedFile } from '../../../shared/service/send-job.js';
import { models } from '../state/models.js';
import { words } from '../words/words.js';
import { DropEverywhere } from './drop-everywhere.jsx';
import { sent, stopSending, submit } from './upload.js';

/** What the dialogs give: files, or a folder's files. */
function nameFiles(files: readonly File[]): NamedFile[] {
  return files.map((file) => ({
    name: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
    file,
  }));
}

export function SubmitCard() {
  const every = useSignal('200ms');
  const model = useSignal('');
  const onFiles = useCallback(
    (files: readonly NamedFile[]) => void submit(files, { every: every.value, model: model.value }),
    [every, model],
  );
  const { submit: text } = words.value;
  return (
    <section class="card submit" aria-labelledby="submit-title">
      <h2 id="submit-title">{text.title}</h2>
      <div class="place">
        <p>{text.drop}</p>
        <div class="buttons">
          <FileButton id="files" label={text.files} onFiles={(files) => onFiles(nameFiles(files))} />
          <FileButton
            id="folder"
            isFolder
            label={text.folder}
            onFiles={(files) => onFiles(nameFiles(files))}
          />
        </div>
      </div>
      <label class="every">
        <span>{text.every}</span>
        <select value={every.value} onChange={({ currentTarget }) => (every.value = currentTarget.value)}>
          {Object.entries(text.intervals).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {models.value.length > 1 && (
        <label class="every">
          <span>{text.model}</span>
          <select value={model.value} onChange={({ currentTarget }) => (model.value = currentTarget.value)}>
            {models.value.map(({ id }, index) => (
              <option key={id} value={index === 0 ? '' : id}>
                {id}
              </option>
            ))}
          </select>
        </label>
      )}
      {sent.value === undefined ? (
        <p class="hint muted">{text.notice}</p>
      ) : (
        <div class="sending">
          <progress max={100} value={sent.value} aria-label={text.sending(sent.value)} />
          <span>{text.sending(sent.value)}</span>
          <button type="button" onClick={stopSending}>
            {text.stop}
          </button>
        </div>
      )}
      <DropEverywhere onFiles={onFiles} />
    </section>
  );
}
