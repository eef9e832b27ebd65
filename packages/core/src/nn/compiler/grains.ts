/**
 * Smallest units of work that a launch is split into for threads; see `program.ts`.
 */

/** For rows of a matrix or pixels of a picture: a whole number of the kernels' register tiles. */
export const ROW_GRAIN = 8;
/** For element-wise kernels. */
export const ELEMENT_GRAIN = 1024;
