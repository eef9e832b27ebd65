/** The browser's dialogs for files and folders. They stay in the page, since keys and buttons everywhere open them. */
import { openFiles } from './open-files.js';

const [FILES, FOLDER] = ['files', 'folder'];

export function FileInputs() {
  const take = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    openFiles([...(currentTarget.files ?? [])]);
    currentTarget.value = '';
  };
  return (
    <>
      <input id={FILES} type="file" multiple hidden accept="image/*,video/*,.json" onChange={take} />
      <input id={FOLDER} type="file" hidden onChange={take} {...{ webkitdirectory: true }} />
    </>
  );
}

export function askForFiles(): void {
  document.getElementById(FILES)?.click();
}

export function askForFolder(): void {
  document.getElementById(FOLDER)?.click();
}
