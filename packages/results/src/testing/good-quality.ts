import type { Quality } from '@mien/core';

/** Of a face whose reading can be relied on. */
export const GOOD_QUALITY: Quality = {
  verdict: 'good',
  measures: { sidePx: 120, brightness: 0.5, contrast: 0.2, sharpness: 0.3, outside: 0 },
};
