/** Flag bits that many kernels take, combined with `|`; the caller passes 0 for neither. */

/** Clamp the result at zero from below. */
export const FLAG_RELU: i32 = 1;
/** Add to what the output already holds instead of overwriting it. */
export const FLAG_ACCUMULATE: i32 = 2;
