/**
 * Moments as a person reads them: a picture with all its bars, of footage one line a moment.
 *
 *   clip.mp4  640×480
 *     0:00.000  no face
 *     0:00.200  1 happy 93 %   2 neutral 61 %
 */
import type { Face } from '@mien/core';
import type { Formatter } from '../export/formatter.js';
import { toTimecode } from '../export/timecode.js';
import { nameOf, shownOf, type Moment } from '../frame-result.js';
import { toPrintable } from '../words/printable.js';
import { toTable } from './picture-table.js';
import type { TextLayout } from './text-layout.js';

export function createTableFormatter(layout: TextLayout): Formatter {
  let footage: string | undefined;
  return {
    add(moment) {
      const { source, timestampMs, width, height, faces } = moment;
      const before = footage !== undefined && footage !== source ? '\n' : '';
      if (timestampMs === undefined) {
        footage = undefined;
        return before + toTable(moment, layout);
      }
      const title = `${layout.style('bold', toPrintable(source))}  ${width}×${height}\n`;
      const head = footage === source ? '' : before + title;
      footage = source;
      const time = layout.style('dim', toTimecode(timestampMs));
      const readings = faces.map((face, index) => toReading(moment, face, index)).join('   ');
      return `${head}  ${time}  ${faces.length === 0 ? 'no face' : readings}\n`;
    },
    end: () => '',
  };
}

function toReading(moment: Moment, face: Face, index: number): string {
  const { expression, probabilities } = shownOf(face);
  const percent = Math.round((probabilities[expression] ?? 0) * 100);
  return `${nameOf(moment, face, index) ?? '·'} ${expression} ${percent} %${face.unsure ? ' (unsure)' : ''}`;
}
