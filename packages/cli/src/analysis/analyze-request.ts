import type { AnalyzerSettings } from '@mien/node/analysis';
import type { OutputFormat } from '@mien/results';

/** The arguments of `mien analyze`. */
export interface AnalyzeRequest extends Omit<AnalyzerSettings, 'responseTimeMs' | 'minFacePx'> {
  /** As typed. */
  readonly names: readonly string[];
  readonly format: OutputFormat;
  readonly jobs: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly annotate?: string;
  readonly plot?: boolean;
  readonly report?: boolean;
  /** Pixels. */
  readonly minFace?: number;
  /** Times in milliseconds. */
  readonly every?: number;
  readonly from?: number;
  readonly to?: number;
  readonly responseTime?: number;
}
