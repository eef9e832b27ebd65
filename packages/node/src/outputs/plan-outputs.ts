/** Where `--out DIR` writes: decided, and refused, before any source is read. */
import { basename, join, resolve } from 'node:path';
import { MienError } from '@mien/core';
import type { Format } from '@mien/results';
import type { FoundSource } from '../sources/find-sources.js';
import { isLive, STANDARD_INPUT } from '../sources/open-source.js';

/** What becomes of one source; plain data, which a worker can be sent. */
export interface SourceOutput {
  /** What the source is called where its place on this machine does not matter. */
  readonly name: string;
  readonly path: string;
  readonly format: Format;
  /** Of `--plot`: drawings of footage, without their endings. */
  readonly timeline?: string;
  /** Of `--report`. */
  readonly report?: PlannedReport;
}

export interface PlannedReport {
  /** The page, when the source is a recording. */
  readonly path: string;
  /** The page that all pictures of the run share. */
  readonly picturesPath: string;
  readonly settings: ReportSettings;
}

/** What the work is done with, for a page to say. */
export interface ReportSettings {
  readonly general: readonly Setting[];
  /** What only matters where there are times. */
  readonly ofRecordings: readonly Setting[];
}
type Setting = readonly [name: string, value: string];

export interface OutputRequest {
  readonly format: Format;
  readonly plot?: boolean | undefined;
  /** The settings that a report states; without them there is none. */
  readonly report?: ReportSettings | undefined;
}

const TIMELINE = '.timeline';
const PICTURES_REPORT = 'pictures.report.html';

/**
 * Leaves out what `--plot` drew when the same folder was looked through before.
 *
 * @param found what was named or found, whether it leads somewhere or not
 */
export function withoutDrawings<T extends { readonly source: string; readonly inFolder?: string }>(
  found: readonly T[],
  folder: string,
): T[] {
  const drawings = new Set(found.map((one) => resolve(`${placeOf(one, folder)}${TIMELINE}.png`)));
  return found.filter(({ source, inFolder }) => inFolder === undefined || !drawings.has(resolve(source)));
}

/** Where the moments of a source are kept until its output is written. */
export function toJournalPath({ path }: SourceOutput): string {
  return `${path}.journal`;
}

/** The files of every source: `<its name>.<format>`; of a folder's files with the folders that they are in. */
export function planOutputs(
  sources: readonly FoundSource[],
  folder: string,
  { format, plot, report }: OutputRequest,
): ReadonlyMap<FoundSource, SourceOutput> {
  const plan = new Map<FoundSource, SourceOutput>();
  const taken = new Map<string, string>();
  for (const found of sources) {
    const place = placeOf(found, folder);
    const path = `${place}.${format}`;
    const other = taken.get(path);
    if (other === found.source) throw new MienError('USAGE', `--out: ${other} is named twice; name it once`);
    if (other !== undefined) {
      throw new MienError(
        'USAGE',
        `--out: ${other} and ${found.source} would both become ${path}; give them one by one, or the folder above them`,
      );
    }
    taken.set(path, found.source);
    plan.set(found, {
      name: nameOf(found),
      path,
      format,
      ...(plot === true && { timeline: `${place}${TIMELINE}` }),
      ...(report !== undefined && {
        report: {
          path: `${place}.report.html`,
          picturesPath: join(folder, PICTURES_REPORT),
          settings: report,
        },
      }),
    });
  }
  return plan;
}

function placeOf(found: FoundSource, folder: string): string {
  return join(folder, nameOf(found));
}

function nameOf({ source, inFolder }: FoundSource): string {
  return inFolder ?? toFileName(source);
}

/** `rtsp://door/1` becomes `rtsp-door-1`. */
function toFileName(source: string): string {
  if (source === STANDARD_INPUT) return 'stdin';
  return isLive(source) ? source.replace(/\/\/[^/@]*@/, '//').replace(/[^\w.]+/g, '-') : basename(source);
}
