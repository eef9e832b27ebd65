/** `--format` of the commands that print one report: a table for people, JSON for programs. */
import { Option } from 'commander';

const REPORT_FORMATS = ['table', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export function reportFormatOption(): Option {
  return new Option('--format <name>', 'format of the results').choices(REPORT_FORMATS).default('table');
}

export function toJson(report: unknown): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
