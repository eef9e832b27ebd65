/** The drawings of `--plot` and the page of `--report`, made from the stored results of a recording. */
import { type FrameRecord, summarizeRecording } from '@mien/results';
import {
  createOutlinePainter,
  paintLiveText,
  type PaintText,
  timelineSheet,
  toStandaloneSvg,
} from '@mien/results/charts';
import { toRecordingReport } from '@mien/results/report';
import { writeFileWhole } from '@mien/train/write-file';
import { loadOutlineFont } from '../annotate/load-outline-font.js';
import { madeBy } from '../made-with.js';
import { loadSharp } from '../pictures/load-sharp.js';
import type { SourceOutput } from './plan-outputs.js';

/** Twice the size of the drawing, for high-density screens. */
const PNG_DENSITY = 144;

export interface RecordingFacts {
  readonly labels: readonly string[];
  /** Whether the recording was analysed to its end. */
  readonly isWhole: boolean;
  /** When it ends, if that is known. */
  readonly endMs: number | undefined;
}

/**
 * Writes the pages of a recording; nothing for a picture, or without results.
 *
 * @param read returns the results from the first to the last; called twice
 * @throws MienError `OUTPUT_FAILED`
 */
export async function writeRecordingPages(
  read: () => AsyncIterable<FrameRecord>,
  { name, timeline, report }: SourceOutput,
  { labels, isWhole, endMs }: RecordingFacts,
): Promise<void> {
  const recording = await summarizeRecording(read, labels, endMs);
  if (recording === undefined) return;
  if (timeline !== undefined) {
    const draw = (paintText: PaintText): string => toStandaloneSvg(timelineSheet(name, recording, paintText));
    const outlines = draw(createOutlinePainter(await loadOutlineFont(400)));
    await writeFileWhole(`${timeline}.svg`, draw(paintLiveText));
    await writeFileWhole(
      `${timeline}.png`,
      await loadSharp()(Buffer.from(outlines), { density: PNG_DENSITY })
        .png({ palette: true, dither: 0 })
        .toBuffer(),
    );
  }
  if (report !== undefined) {
    const { general, ofRecordings } = report.settings;
    const settings = [...ofRecordings, ...general, ...madeBy()];
    await writeFileWhole(report.path, await toRecordingReport({ name, recording, isWhole, settings }));
  }
}
