// Which files of the built studio the service worker stores.
// @ts-check

/** Readers of model files: loaded, and then stored, when the user opens such a file. */
export const LARGE_PARTS = /^assets\/(formats|hdf5)-/;
/** Not for the page, or, as the list of the user's own models is, another one from server to server. */
const NOT_STORED = /^[._]|^service-worker[.]js$|^models[.]json$|[.](md|br|gz)$/;

/** @param {readonly string[]} files paths in the built folder */
export function storable(files) {
  return files.filter((path) => !NOT_STORED.test(path));
}
