import type { AnalyzerSettings } from '@mien/node/analysis';
import type { Format } from '@mien/results';

/** What `mien analyze` is asked to do. */
export interface AnalyzeRequest extends AnalyzerSettings {
  /** As they were typed. */
  readonly names: readonly string[];
  readonly format: Format;
  readonly jobs: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly annotate?: string;
  readonly plot?: boolean;
  readonly report?: boolean;
  /** Times in milliseconds. */
  readonly every?: number;
  readonly from?: number;
  readonly to?: number;
}
