// How figures are written in documents.
// @ts-check

export const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(1)} %`;

/** Three digits, without an exponent. @param {number} value */
export const short = (value) => (value < 1000 ? String(Number(value.toPrecision(3))) : value.toFixed(0));

export const toSize = (/** @type {number} */ bytes) => `${Math.round(bytes / 1000)} KB`;
