/**
 * One line per face, for an overview of many faces and for `grep`:
 *
 *   group.jpg  1  happy 93 %  at 183,69  132×131
 *   group.jpg  2  neutral 41 %  at 402,80  121×120  unsure: neutral leads sad by only 12.5 points
 *   talk.mp4  0:00.200  1  happy 93 %  at 210,75  128×128
 *   talk.mp4  0:00.400  no face
 */
import type { Face } from '@mien/core';
import type { Formatter } from '../export/formatter.js';
import { toTimecode } from '../export/timecode.js';
import { faceName, shownReading } from '../frame-result.js';
import { toPrintable } from '../words/printable.js';
import { describeDoubt } from './doubt.js';
import type { TextLayout } from './text-layout.js';

const GAP = '  ';

export function createListFormatter(layout: TextLayout): Formatter {
  return {
    add(result) {
      const { source, timestampMs, faces } = result;
      const time = timestampMs === undefined ? [] : [layout.style('dim', toTimecode(timestampMs))];
      const start = [toPrintable(source), ...time];
      const rows = faces.map((face, index) => [
        faceName(result, face, index) ?? '·',
        ...describeFace(face, layout),
      ]);
      return (rows.length === 0 ? [['no face']] : rows)
        .map((row) => `${[...start, ...row].join(GAP)}\n`)
        .join('');
    },
    end: () => '',
  };
}

function describeFace(face: Face, layout: TextLayout): string[] {
  const { expression, probabilities } = shownReading(face);
  const { box } = face;
  const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(Math.round);
  const doubt = describeDoubt(face);
  return [
    `${layout.style('bold', expression)} ${Math.round((probabilities[expression] ?? 0) * 100)} %`,
    layout.style('dim', `at ${x},${y}${GAP}${width}×${height}`),
    ...(doubt === undefined ? [] : [doubt]),
  ];
}
