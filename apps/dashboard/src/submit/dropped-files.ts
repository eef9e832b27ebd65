/** The files of a drop, those in folders too, with their paths below what was dropped. */

export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

export async function readDrop({ items }: DataTransfer): Promise<NamedFile[]> {
  // Entries must be asked for before anything is awaited: the list is emptied when the event ends.
  const dropped = [...items].filter(({ kind }) => kind === 'file');
  const found = dropped.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const read = found.map(async (entry) => {
    if (entry === null) return [];
    return entry instanceof File ? nameFiles([entry]) : readEntry(entry);
  });
  return (await Promise.all(read)).flat();
}

/** What the dialogs give: files, or a folder's files. */
export function nameFiles(files: Iterable<File>): NamedFile[] {
  return [...files].map((file) => ({
    name: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
    file,
  }));
}

async function readEntry(entry: FileSystemEntry): Promise<NamedFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ name: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: NamedFile[] = [];
  for (;;) {
    // It gives a hundred at a time, and none at the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return found;
    for (const one of entries) found.push(...(await readEntry(one)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
