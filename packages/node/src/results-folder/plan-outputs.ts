/** Where `--out` writes the files of each source. */
import { join, relative, resolve, sep } from 'node:path';
import type { OutputFormat } from '@mien/results';
import type { FoundSource } from '../sources/find-sources.js';
import { isLive } from '../sources/open-source.js';
import { nameOutputs, type NamedSource } from './name-outputs.js';

/** The files of one source; plain data, which can be sent to a worker. */
export interface SourceOutput {
  /** The source's name in reports, independent of its place on this machine. */
  readonly name: string;
  readonly path: string;
  readonly format: OutputFormat;
  /** Where results are stored until the output is written. */
  readonly journal: string;
  /** For `--plot`: the drawings of a video, without their extensions. */
  readonly timeline?: string;
  /** For `--report`. */
  readonly report?: PlannedReport;
}

export interface PlannedReport {
  /** The page, if the source is a recording. */
  readonly path: string;
  /** The page that all pictures of the run share. */
  readonly picturesPath: string;
  /** Address of the source, relative to that page; absent for a source that is not a file. */
  readonly href?: string;
  readonly settings: ReportSettings;
}

/** The settings that a report lists. */
export interface ReportSettings {
  readonly general: readonly Setting[];
  /** Settings that only matter for recordings. */
  readonly ofRecordings: readonly Setting[];
}
type Setting = readonly [name: string, value: string];

export interface OutputRequest {
  readonly format: OutputFormat;
  readonly plot?: boolean | undefined;
  /** The settings that a report lists; without them there is no report. */
  readonly report?: ReportSettings | undefined;
}

const TIMELINE = '.timeline';
const PICTURES_REPORT = 'pictures.report.html';

/** Formats for people, in plain text; the names of the others are also their extensions. */
const TEXT_FORMATS: readonly OutputFormat[] = ['table', 'list'];

/**
 * Removes the drawings that an earlier run with `--plot` left in a searched folder.
 *
 * @param found all sources that were named or found
 */
export function withoutDrawings<T extends NamedSource>(found: readonly T[], folder: string): T[] {
  const drawings = new Set(
    [...nameOutputs(found).values()].map((name) => resolve(`${join(folder, name)}${TIMELINE}.png`)),
  );
  return found.filter(({ source, inFolder }) => inFolder === undefined || !drawings.has(resolve(source)));
}

/** Every file that may be written for a source, whether it is a picture or a recording. */
export function toOutputPaths({ path, timeline, report }: SourceOutput): string[] {
  return [
    path,
    ...(timeline === undefined ? [] : [`${timeline}.svg`, `${timeline}.png`]),
    ...(report === undefined ? [] : [report.path, report.picturesPath]),
  ];
}

/**
 * Plans the files of every source: `<name>.<format>` (`.txt` for a table or list), with names by {@link nameOutputs}.
 *
 * @throws MienError `USAGE` if a source is named twice
 */
export function planOutputs(
  sources: readonly FoundSource[],
  folder: string,
  { format, plot, report }: OutputRequest,
): ReadonlyMap<FoundSource, SourceOutput> {
  const extension = TEXT_FORMATS.includes(format) ? 'txt' : format;
  const plan = new Map<FoundSource, SourceOutput>();
  for (const [found, name] of nameOutputs(sources)) {
    const place = join(folder, name);
    const path = `${place}.${extension}`;
    plan.set(found, {
      name,
      path,
      format,
      journal: `${path}.journal`,
      ...(plot === true && { timeline: `${place}${TIMELINE}` }),
      ...(report !== undefined && {
        report: {
          path: `${place}.report.html`,
          picturesPath: join(folder, PICTURES_REPORT),
          ...(!isLive(found.source) && { href: toHref(folder, found.source) }),
          settings: report,
        },
      }),
    });
  }
  return plan;
}

/** The address of a file for a page in a folder. */
function toHref(folder: string, path: string): string {
  const parts = relative(resolve(folder), resolve(path)).split(sep);
  // Without `./`, a name with a colon would read as a protocol.
  return ['.', ...parts.map(encodeURIComponent)].join('/');
}
