/** Flag bits that kernels take; the same values stand in the AssemblyScript source, `vector.ts`. */

/** Clamp the result at zero from below. */
export const FLAG_RELU = 1;
/** Add to what the output already holds instead of overwriting it. */
export const FLAG_ACCUMULATE = 2;
