/** Analysis of many sources, into a results folder that can be resumed. `@mien/node/analysis`. */
export { planAnnotations, toVideoName } from '../annotate/plan-annotations.js';
export { type ReportSettings, toOutputPaths, withoutDrawings } from '../results-folder/plan-outputs.js';
export { openTask, type SourceProgress } from './analyze-source.js';
export { createExecutor } from './create-executor.js';
export type { Executor } from './executor.js';
export type { JoinEnd, ReadChunk } from './join-chunks.js';
export type { AnalyzerSettings } from './open-analyzer.js';
export type { ChunkEnd } from './read-chunk.js';
export { type AnalysisProgress, type Entry, type Printer, runEntries } from './run-entries.js';
export { readJournal } from '../results-folder/journal.js';
export { type Failure, openResultsFolder, type ResultsFolder } from '../results-folder/results-folder.js';
