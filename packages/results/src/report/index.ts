/** Report pages: of a recording, of many pictures, of a training run, of a measured model. `@mien/results/report`. */
export { type EvaluationReportOptions, toEvaluationReport } from './evaluation-report.js';
export {
  type NamedPicture,
  type PictureCollection,
  type ShownFace,
  toPicturesReport,
} from './pictures-report.js';
export { type RecordingReport, toRecordingReport } from './recording-report.js';
export { renderReport } from './render-report.js';
export type { EncodePicture, Fact, Report } from './report.js';
export { type RunEnding, toTrainingReport, type TrainingReportOptions } from './training-report.js';
