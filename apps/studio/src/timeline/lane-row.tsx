/** The lane of a person: coloured by the expression that was shown, thinner where it is unsure. */
import { seekTo } from '../scene/video-player.jsx';
import { nameOf } from '../state/people.js';
import { keyOf, mainResult, selectedKey, type Span } from '../state/scene.js';
import { expressionName } from '../words/words.js';
import { colourOf } from './colour-of.js';
import type { Lane, Segment } from './segments.js';
import { useTrack } from './use-track.js';

const HEIGHT = 100;

interface LaneRowProps {
  readonly lane: Lane;
  readonly span: Span;
  readonly isSeekable: boolean;
}

export function LaneRow({ lane, span, isSeekable }: LaneRowProps) {
  const track = useTrack(span, isSeekable);
  const select = () => {
    selectedKey.value = lane.key;
    // Else the panel would show somebody who is there now, and take the name that is typed for them.
    const isThere = mainResult.peek()?.faces.some((face, at) => keyOf(face, at) === lane.key) === true;
    const first = lane.segments[0];
    if (!isThere && isSeekable && first !== undefined) seekTo(first.startMs);
  };
  return (
    <div class={`lane ${selectedKey.value === lane.key ? 'selected' : ''}`}>
      <button type="button" class="lane-name" dir="auto" onClick={select} title={nameOf(lane.key)}>
        {nameOf(lane.key)}
      </button>
      <div class="lane-track seekable" {...track}>
        <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {lane.segments.map((segment) => (
            <SegmentMark key={segment.startMs} segment={segment} span={span} />
          ))}
        </svg>
      </div>
    </div>
  );
}

function SegmentMark({ segment, span }: { segment: Segment; span: Span }) {
  const scale = 1000 / (span.endMs - span.startMs);
  const x = (segment.startMs - span.startMs) * scale;
  const width = (segment.endMs - segment.startMs) * scale;
  if (x + width < 0) return null;
  return (
    <rect
      x={x}
      y={segment.isUnsure ? HEIGHT * 0.35 : 0}
      width={Math.max(width, 0.5)}
      height={segment.isUnsure ? HEIGHT * 0.3 : HEIGHT}
      fill={colourOf(segment.expression)}
    >
      <title>{expressionName(segment.expression)}</title>
    </rect>
  );
}
