/**
 * Results for people: a table with bars for each picture, one line for each frame of a video.
 *
 *   clip.mp4  640×480
 *     0:00.000  no face
 *     0:00.200  1 happy 93 %   2 neutral 61 %
 */
import type { Face } from '@mien/core';
import type { Formatter } from '../export/formatter.js';
import { toTimecode } from '../export/timecode.js';
import { faceName, shownReading, type FrameResult } from '../frame-result.js';
import { toPrintable } from '../words/printable.js';
import { toTable } from './picture-table.js';
import type { TextLayout } from './text-layout.js';

export function createTableFormatter(layout: TextLayout): Formatter {
  let video: string | undefined;
  return {
    add(result) {
      const { source, timestampMs, width, height, faces } = result;
      const before = video !== undefined && video !== source ? '\n' : '';
      if (timestampMs === undefined) {
        video = undefined;
        return before + toTable(result, layout);
      }
      const title = `${layout.style('bold', toPrintable(source))}  ${width}×${height}\n`;
      const head = video === source ? '' : before + title;
      video = source;
      const time = layout.style('dim', toTimecode(timestampMs));
      const readings = faces.map((face, index) => toReading(result, face, index)).join('   ');
      return `${head}  ${time}  ${faces.length === 0 ? 'no face' : readings}\n`;
    },
    end: () => '',
  };
}

function toReading(result: FrameResult, face: Face, index: number): string {
  const { expression, probabilities } = shownReading(face);
  const percent = Math.round((probabilities[expression] ?? 0) * 100);
  return `${faceName(result, face, index) ?? '·'} ${expression} ${percent} %${face.unsure ? ' (unsure)' : ''}`;
}
