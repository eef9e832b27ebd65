/** The timelines of all people of a recording on one sheet, on a common time axis. Drawn by `--plot`. */
import type { Recording } from '../timeline/recording.js';
import type { PaintText } from './paint-text.js';
import { element } from './svg.js';
import { toTimeLabel } from './time-axis.js';
import {
  crowdPanel,
  gutterWidthFor,
  rowsPanel,
  stackOnAxis,
  stripPanel,
  UNSURE_PATTERN,
  type Panel,
} from './timeline-panels.js';
import { describeEveryone, othersName, personName } from './timeline-words.js';

const WIDTH = 1280;
const MARGIN = 28;
const HEADER_HEIGHT = 58;
const PERSON_GAP = 14;
const TITLE_SIZE = 17;

/**
 * @param name of the recording
 * @returns SVG with the classes of chart-style.ts
 */
export function timelineSheet(name: string, recording: Recording, paintText: PaintText): string {
  const { labels, people, others, startMs, endMs } = recording;
  const crowdName = othersName(recording);
  const names = [...labels, ...people.map(({ id }) => personName(id)), crowdName];
  const style = { paintText, gutterWidth: gutterWidthFor(names) };
  const gap: Panel = { height: PERSON_GAP, gutter: '', plot: '' };
  const panels = [
    ...people.flatMap(({ id, smoothed }) => [
      stripPanel(personName(id), smoothed, recording, style),
      rowsPanel(smoothed, labels, style),
      gap,
    ]),
    ...(others.people === 0 ? [] : [crowdPanel(crowdName, others.columns, style), gap]),
    ...(people.length === 0 ? [nobody(paintText)] : []),
  ];
  const body = stackOnAxis(panels, recording, style);
  const left = MARGIN + style.gutterWidth;
  const height = 2 * MARGIN + HEADER_HEIGHT + body.height;
  const about = `${toTimeLabel(startMs)} to ${toTimeLabel(endMs)}, ${recording.frames} frames. Strips show the expression, hatched if it is unsure. Rows show the probability of each expression; full is 100 %.`;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'chart',
      viewBox: `0 0 ${WIDTH} ${height}`,
      role: 'img',
      'aria-label': describeEveryone(recording),
    },
    element('defs', {}, UNSURE_PATTERN),
    paintText(name, { x: MARGIN, y: MARGIN + 6, size: TITLE_SIZE }),
    paintText(about, { x: MARGIN, y: MARGIN + 31, class: 'name' }),
    element('g', { transform: `translate(${MARGIN} ${MARGIN + HEADER_HEIGHT})` }, body.gutter),
    element(
      'svg',
      {
        x: left,
        y: MARGIN + HEADER_HEIGHT,
        width: WIDTH - MARGIN - left,
        height: body.height,
        overflow: 'visible',
      },
      body.plot,
    ),
  );
}

function nobody(paintText: PaintText): Panel {
  return { height: 30, gutter: '', plot: paintText('No face was found.', { x: 0, y: 10, class: 'name' }) };
}
