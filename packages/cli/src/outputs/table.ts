/**
 * Moments as a person reads them: a picture with all its bars, of footage one line a moment.
 *
 *   clip.mp4  640×480
 *     0:00.000  no face
 *     0:00.200  1 happy 93 %   2 neutral 61 %
 */
import type { Face } from '@mien/core';
import { toTable } from '../terminal/print-table.js';
import { toPrintable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Formatter } from './formatter.js';
import { nameOf, shownOf, type Moment } from './moment.js';
import { toTimecode } from './timecode.js';

export function createTableFormatter(terminal: Terminal): Formatter {
  let footage: string | undefined;
  return {
    add(moment) {
      const { source, timestampMs, width, height, faces } = moment;
      const before = footage !== undefined && footage !== source ? '\n' : '';
      if (timestampMs === undefined) {
        footage = undefined;
        return before + toTable(moment, terminal);
      }
      const title = `${terminal.style('bold', toPrintable(source))}  ${width}×${height}\n`;
      const head = footage === source ? '' : before + title;
      footage = source;
      const time = terminal.style('dim', toTimecode(timestampMs));
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
