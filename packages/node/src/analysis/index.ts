/** Analysis of many sources into a folder of results that can be resumed. `@mien/node/analysis`. */
export { planAnnotations } from '../annotate/plan-annotations.js';
export { keepSettings } from '../outputs/kept-settings.js';
export { planOutputs, type ReportSettings, toJournalPath, withoutDrawings } from '../outputs/plan-outputs.js';
export type { SourceProgress } from './analyze-source.js';
export { createExecutor } from './create-executor.js';
export type { Executor } from './executor.js';
export { openFinishedSources } from './finished-sources.js';
export type { AnalyzerSettings } from './open-analyzer.js';
export { type AnalysisProgress, type Entry, type Failure, type Printer, runEntries } from './run-entries.js';
export { openRunPages } from './run-pages.js';
