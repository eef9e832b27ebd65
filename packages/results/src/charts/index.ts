/** Charts as SVG: timelines, training curves, calibration. `@mien/results/charts`. */
export { toStandaloneSvg } from './chart-style.js';
export type { OutlineFont } from './outline-font.js';
export { createOutlinePainter, paintLiveText, type PaintText } from './paint-text.js';
export { timelineSheet } from './timeline-sheet.js';
