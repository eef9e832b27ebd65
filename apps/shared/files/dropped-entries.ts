/** Files and folders that were dropped. */

/** A file, and its path in the folder that was opened. */
export interface FileInFolder {
  readonly path: string;
  readonly file: File;
}

/**
 * All files, those in folders with their paths. To be called before the event ends: then the browser forgets them.
 *
 * Ref: https://wicg.github.io/entries-api/
 */
export async function readDropped(transfer: DataTransfer): Promise<readonly FileInFolder[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  // Made by a script, as in tests: files without entries.
  if (entries.every((entry) => entry === null)) return plain.map((file) => ({ path: file.name, file }));
  const found = await Promise.all(entries.flatMap((entry) => (entry === null ? [] : [walk(entry, '')])));
  return found.flat();
}

async function walk(entry: FileSystemEntry, folder: string): Promise<readonly FileInFolder[]> {
  const path = folder + entry.name;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path, file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const inner: FileSystemEntry[] = [];
  for (;;) {
    // Gives at most a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    inner.push(...some);
  }
  return (await Promise.all(inner.map((one) => walk(one, `${path}/`)))).flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
