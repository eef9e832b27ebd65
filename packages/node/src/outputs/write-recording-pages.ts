/** The drawings of `--plot` and the page of `--report`, made from the moments of a recording that was worked through. */
import { type KeptMoment, summarizeRecording } from '@mien/results';
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

/** The picture is twice as large as the drawing, for screens that show two pixels as one. */
const PNG_DENSITY = 144;

/**
 * Writes nothing for a picture, and where nothing was looked at.
 *
 * @param read the moments from the first to the last, each time that it is called
 * @param isWhole whether the recording was read to its end
 * @throws MienError `OUTPUT_FAILED`
 */
export async function writeRecordingPages(
  read: () => AsyncIterable<KeptMoment>,
  { name, timeline, report }: SourceOutput,
  labels: readonly string[],
  isWhole: boolean,
): Promise<void> {
  const recording = await summarizeRecording(read, labels);
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
