// Which files of the built studio the service worker stores.
// @ts-check

/** Readers of model files, and the large network: loaded, and then stored, when the user opens such a file or chooses it. */
export const LARGE_PARTS = /^assets\/(formats|hdf5|base-weights)-/;
/** Not for the page, or, as the list of the user's own models is, another one from server to server. */
const NOT_STORED = /^[._]|^service-worker[.]js$|^models[.]json$|[.](md|br|gz)$/;

/** @param {readonly string[]} files paths in the built folder */
export function storable(files) {
  return files.filter((path) => !NOT_STORED.test(path));
}
