/** Below the scene: a lane for each face, coloured by the expression that it showed, and the curves of the selected one. */
import type { Analysis } from '@mien/core';
import { useMemo } from 'preact/hooks';
import { toTickLabel } from '@mien/results';
import { videoProgress } from '../source/video.js';
import { addMark, marks } from '../state/marks.js';
import { merged, nameOf, personOf } from '../state/people.js';
import { framesOf, framesSince, SAMPLE_INTERVAL_MS, timeOf, version } from '../state/recording.js';
import {
  labels,
  mainId,
  mainResult,
  scene,
  selectedKey,
  selectedOf,
  selectedSpan,
  type Span,
} from '../state/scene.js';
import { expressionName, words } from '../words/words.js';
import { colourOf } from './colour-of.js';
import { MarkList } from './mark-list.jsx';
import { positionMs } from './position.js';
import { toLanes, type Lane, type Segment } from './segments.js';
import { SpanShares } from './span-shares.jsx';
import { useTrack } from './use-track.js';

/** As many lanes as are read at a glance; the others are counted. */
const MOST_LANES = 6;
/** Of a camera the timeline shows this much. */
const CAMERA_SPAN_MS = 60_000;
const HEIGHT = 100;

export function Timeline() {
  const now = scene.value;
  const modelId = mainId.value;
  const count = version.value;
  const isCamera = now.kind === 'camera';
  const frames = isCamera ? framesSince(modelId, CAMERA_SPAN_MS) : framesOf(modelId);
  const lanes = useMemo(() => toLanes(frames, SAMPLE_INTERVAL_MS, personOf), [modelId, count, merged.value]);
  if (now.kind !== 'video' && now.kind !== 'session' && (!isCamera || frames.length === 0)) return null;
  const lastMs = timeOf(frames.at(-1));
  const endMs = now.kind === 'camera' ? Math.max(lastMs, CAMERA_SPAN_MS) : now.durationMs;
  const span = { startMs: isCamera ? endMs - CAMERA_SPAN_MS : 0, endMs };
  const { timeline } = words.value;
  const atMs = positionMs() ?? 0;
  const progress = videoProgress.value;
  return (
    <section class="timeline" aria-label={timeline.title} aria-busy={now.kind === 'video' && progress !== 1}>
      <div class="timeline-head">
        <span class="muted">
          {toTickLabel(Math.round(atMs / 100) * 100)} / {toTickLabel(Math.round(endMs / 1000) * 1000)}
        </span>
        <button type="button" class="quiet" title={timeline.markHint} onClick={() => addMark(atMs)}>
          ⚑ {timeline.mark}
        </button>
        {now.kind === 'video' && progress !== undefined && progress < 1 && (
          <progress value={progress} max={1} aria-label={timeline.reading} />
        )}
        <Legend lanes={lanes} />
      </div>
      <div class="lanes">
        {lanes.length === 0 && <p class="muted">{timeline.nobody}</p>}
        {lanes.slice(0, MOST_LANES).map((lane) => (
          <LaneRow key={lane.key} lane={lane} span={span} isSeekable={!isCamera} />
        ))}
        {lanes.length > MOST_LANES && <p class="muted">{timeline.more(lanes.length - MOST_LANES)}</p>}
        <Curves frames={frames} span={span} isSeekable={!isCamera} />
        <Positions span={span} atMs={atMs} />
      </div>
      <SpanShares lanes={lanes} />
      <MarkList />
    </section>
  );
}

function LaneRow({ lane, span, isSeekable }: { lane: Lane; span: Span; isSeekable: boolean }) {
  const track = useTrack(span, isSeekable);
  const select = () => {
    selectedKey.value = lane.key;
  };
  return (
    <div class={`lane ${selectedKey.value === lane.key ? 'selected' : ''}`}>
      <button type="button" class="lane-name" onClick={select} title={nameOf(lane.key)}>
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

/** The probabilities of the selected face over time. */
function Curves({
  frames,
  span,
  isSeekable,
}: {
  frames: readonly Analysis[];
  span: Span;
  isSeekable: boolean;
}) {
  const track = useTrack(span, isSeekable);
  const key = selectedOf(mainResult.value)?.key;
  const scale = 1000 / (span.endMs - span.startMs);
  const readings = frames.flatMap((frame) => {
    const face = frame.faces.find(({ id }) => id !== undefined && personOf(id) === key);
    return face === undefined
      ? []
      : [{ atMs: timeOf(frame), probabilities: (face.smoothed ?? face).probabilities }];
  });
  if (readings.length < 2) return null;
  return (
    <div class="lane curves">
      <span class="lane-name" />
      <div class="lane-track seekable" {...track}>
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
          {labels.value.map((label) => (
            <path
              key={label}
              d={readings
                .map(
                  ({ atMs, probabilities }, index) =>
                    `${index === 0 ? 'M' : 'L'}${((atMs - span.startMs) * scale).toFixed(1)} ${(98 - 96 * (probabilities[label] ?? 0)).toFixed(1)}`,
                )
                .join('')}
              stroke={colourOf(label)}
            />
          ))}
        </svg>
      </div>
    </div>
  );
}

/** Over the lanes: what is selected, what is marked, and where the scene is. */
function Positions({ span, atMs }: { span: Span; atMs: number }) {
  const toPart = (timeMs: number) => (timeMs - span.startMs) / (span.endMs - span.startMs);
  const isInside = (timeMs: number) => toPart(timeMs) >= 0 && toPart(timeMs) <= 1;
  const toPercent = (timeMs: number) => Math.max(0, Math.min(1, toPart(timeMs))) * 100;
  const selected = selectedSpan.value;
  return (
    <div class="lane cursor" aria-hidden="true">
      <span class="lane-name" />
      <div class="lane-track">
        {selected !== undefined && (
          <span
            class="selection"
            style={{
              left: `${toPercent(selected.startMs)}%`,
              right: `${100 - toPercent(selected.endMs)}%`,
            }}
          />
        )}
        {marks.value
          .filter((mark) => isInside(mark.atMs))
          .map((mark) => (
            <i key={mark.atMs} class="flag" style={{ left: `${toPercent(mark.atMs)}%` }} />
          ))}
        {isInside(atMs) && <i style={{ left: `${toPercent(atMs)}%` }} />}
      </div>
    </div>
  );
}

/** Which colour is which expression: those that were shown. */
function Legend({ lanes }: { lanes: readonly Lane[] }) {
  const shown = new Set(lanes.flatMap(({ segments }) => segments.map(({ expression }) => expression)));
  return (
    <ul class="legend">
      {labels.value
        .filter((label) => shown.has(label))
        .map((label) => (
          <li key={label}>
            <i style={{ background: colourOf(label) }} /> {expressionName(label)}
          </li>
        ))}
    </ul>
  );
}
