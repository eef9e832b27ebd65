/**
 * What the `mien` command needs at its start, in one file: each further file costs half a millisecond. `@mien/node/command`;
 * programs use the entry points by subject.
 */
export * from './analysis/index.js';
export * from './files/index.js';
export * from './models/index.js';
export * from './pictures/index.js';
export * from './runtime.js';
export * from './sources/index.js';
