import type { AnalyzerSettings } from '@mien/node/analysis';
import { DEFAULT_MODEL, DETECTORS } from '@mien/node/models';

/** What `mien analyze` uses without options. */
export const DEFAULT_ANALYSIS: AnalyzerSettings = { model: DEFAULT_MODEL, detector: DETECTORS[0] };
