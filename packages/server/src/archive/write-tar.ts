/** Packs a folder into a tar archive, piece by piece, as `tar` of any system reads it. */
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { createTarPacker, type TarPackController } from 'modern-tar';

/** Owner may read and write: an archive of a service holds results and hashes of keys. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * A folder and all that is in it, in the order of names (files that resemble each other are near, so that it compresses well);
 * its own name is not part of the paths. What is neither file nor folder is left out, and so is what is appended to a file
 * while it is read.
 *
 * @throws MienError `OUTPUT_FAILED` for a file that becomes shorter while it is read
 */
export async function* writeTar(folder: string): AsyncGenerator<Uint8Array, void, void> {
  const { readable, controller } = createTarPacker();
  const packing = addFolder(controller, folder, '').then(
    () => controller.finalize(),
    (error: unknown) => controller.error(error),
  );
  packing.catch(() => undefined); // It also fails when the reader stops early; nobody waits for it then.
  yield* readable;
}

async function addFolder(archive: TarPackController, folder: string, prefix: string): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const status = await lstat(path);
    const { size, mtime } = status;
    if (status.isDirectory()) {
      const inside = `${prefix}${name}/`;
      await archive.add({ name: inside, type: 'directory', size: 0, mtime, mode: FOLDER_MODE }).close();
      await addFolder(archive, path, inside);
    } else if (status.isFile()) {
      const entry = archive.add({ name: `${prefix}${name}`, size, mtime, mode: FILE_MODE });
      if (size === 0) await entry.close();
      else await addContent(entry, path, size);
    }
  }
}

async function addContent(entry: WritableStream<Uint8Array>, path: string, size: number): Promise<void> {
  const writer = entry.getWriter();
  let left = size;
  for await (const chunk of createReadStream(path, { end: size - 1 })) {
    left -= (chunk as Uint8Array).length;
    await writer.write(chunk as Uint8Array);
  }
  if (left > 0) throw new MienError('OUTPUT_FAILED', `${path}: became shorter while it was read; try again`);
  await writer.close();
}
