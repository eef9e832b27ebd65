/** A button that opens the browser's dialog for files. */
import { useRef } from 'preact/hooks';

interface FileButtonProps {
  readonly label: string;
  readonly onFiles: (files: readonly File[]) => void;
  readonly id?: string;
  /** Kinds of files that the dialog offers; all of them without it. */
  readonly accept?: string;
  /** Whether a folder is chosen, and all of its files are passed. */
  readonly isFolder?: boolean;
}

export function FileButton({ label, onFiles, id, accept, isFolder = false }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        id={id}
        type="file"
        multiple
        hidden
        accept={accept}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = ''; // The same file may be chosen again.
        }}
        {...(isFolder && { webkitdirectory: true })}
      />
    </>
  );
}
