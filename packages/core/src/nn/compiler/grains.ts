/**
 * The least work that a thread takes from a launch: see `program.ts`.
 */

/** Rows of a matrix or pixels of a picture: a whole number of the kernels' register tiles. */
export const ROW_GRAIN = 8;
/** Elements of element-wise kernels. */
export const ELEMENT_GRAIN = 1024;
