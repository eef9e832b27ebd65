/**
 * One copy of the HDF5 library (4.8 MB) for all workers: the file that @mien/web brings for its own, loaded when the first
 * such file is written.
 */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const LIBRARY = fileURLToPath(new URL('../../../packages/web/dist/hdf5.js', import.meta.url));
/** The name that the part gets, too; files whose name begins with "_" are not served. */
const ID = fileURLToPath(new URL('shared-hdf5.js', import.meta.url));

export function sharedHdf5(): Plugin {
  return {
    name: 'mien-shared-hdf5',
    enforce: 'pre',
    resolveId: (source) => (source === 'h5wasm' ? ID : null),
    load: (id) =>
      id === ID
        ? `import url from ${JSON.stringify(`${LIBRARY}?url`)};
const library = await import(/* @vite-ignore */ url);
await library.ready;
// Set by the library when it is ready.
export const { ready, FS, File } = library;`
        : null,
  };
}
