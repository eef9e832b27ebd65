/** Frame results, their file formats, timelines and drawings, for any runtime. */
export { type ConfusionCell, shadeConfusion } from './charts/shade-confusion.js';
export { toTickLabel } from './charts/time-axis.js';
export {
  createFormatter,
  type Format,
  FORMATS,
  isBinary,
  loadOutputFormatter,
  OUTPUT_FORMATS,
  type OutputFormat,
} from './export/create-formatter.js';
export { toCsvLine } from './export/csv-line.js';
export type { Formatter, OutputFormatter } from './export/formatter.js';
export { toTimecode } from './export/timecode.js';
export {
  type FrameRecord,
  type FrameResult,
  faceName,
  shownReading,
  withoutPictures,
} from './frame-result.js';
export { drawFaces, type Drawing } from './overlay/draw-faces.js';
export {
  layOutFaces,
  type FaceLayout,
  type MeasureText,
  type Paint,
  type Shape,
} from './overlay/lay-out-faces.js';
export { toBar } from './table/picture-table.js';
export { PLAIN_LAYOUT, type TextLayout, type TextStyle } from './table/text-layout.js';
export { ExampleChooser } from './timeline/choose-examples.js';
export type { Example, Others, Person, Recording, Tally, UnsureReason } from './timeline/recording.js';
export { summarizeRecording } from './timeline/summarize-recording.js';
export { countSure, Tallier, UNSURE_WORDS, unsureReasonOf } from './timeline/tally.js';
export { toClock } from './words/clock.js';
export { toCounted } from './words/counted.js';
export { toPrintable } from './words/printable.js';
export { DARK as DARK_PALETTE, LIGHT as LIGHT_PALETTE, type Palette } from './charts/chart-style.js';
