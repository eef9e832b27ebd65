/** Below the scene: a lane for each face, coloured by the expression that it showed, and the curves of the selected one. */
import type { Analysis } from '@mien/core';
import { useMemo } from 'preact/hooks';
import { toTickLabel } from '@mien/results';
import { playPosition, seekTo } from '../scene/video-player.jsx';
import { SAMPLE_INTERVAL_MS, videoProgress } from '../source/video.js';
import { names, nameOf } from '../state/people.js';
import { labels, mainReader } from '../state/readers.js';
import { framesOf, timeOf, version } from '../state/recording.js';
import { results, scene, selectedKey, selectedOf } from '../state/scene.js';
import { expressionName, words } from '../words/words.js';
import { toLanes, type Lane, type Segment } from './segments.js';

/** As many lanes as are read at a glance; the others are counted. */
const MOST_LANES = 6;
/** Of a camera the timeline shows this much. */
const CAMERA_SPAN_MS = 60_000;
/** Results of a camera come at its own rate. */
const CAMERA_INTERVAL_MS = 150;
const HEIGHT = 100;

export function Timeline() {
  const now = scene.value;
  const modelId = mainReader.value?.choice.id ?? '';
  const count = version.value;
  const frames = framesOf(modelId);
  const isVideo = now.kind === 'video';
  const intervalMs = isVideo ? SAMPLE_INTERVAL_MS : CAMERA_INTERVAL_MS;
  const lanes = useMemo(() => toLanes(frames, intervalMs), [modelId, count, intervalMs]);
  if (now.kind !== 'video' && (now.kind !== 'camera' || frames.length === 0)) return null;
  const lastMs = timeOf(frames.at(-1));
  const endMs = isVideo ? now.durationMs : Math.max(lastMs, CAMERA_SPAN_MS);
  const startMs = isVideo ? 0 : endMs - CAMERA_SPAN_MS;
  const span = { startMs, endMs };
  const { timeline } = words.value;
  const seekBy = (event: MouseEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    seekTo(startMs + ((event.clientX - left) / width) * (endMs - startMs));
  };
  const positionMs = isVideo ? playPosition.value : lastMs;
  const progress = videoProgress.value;
  return (
    <section class="timeline" aria-label={timeline.title}>
      <div class="timeline-head">
        <span class="muted">
          {toTickLabel(Math.round(positionMs / 100) * 100)} / {toTickLabel(Math.round(endMs / 1000) * 1000)}
        </span>
        {isVideo && progress !== undefined && progress < 1 && (
          <progress value={progress} max={1} aria-label={timeline.reading} />
        )}
        <Legend lanes={lanes} />
      </div>
      <div class="lanes">
        {lanes.length === 0 && <p class="muted">{timeline.nobody}</p>}
        {lanes.slice(0, MOST_LANES).map((lane) => (
          <LaneRow key={lane.key} lane={lane} span={span} onSeek={isVideo ? seekBy : undefined} />
        ))}
        {lanes.length > MOST_LANES && <p class="muted">{timeline.more(lanes.length - MOST_LANES)}</p>}
        <Curves frames={frames} span={span} modelId={modelId} onSeek={isVideo ? seekBy : undefined} />
        <Cursor part={(positionMs - startMs) / (endMs - startMs)} />
      </div>
    </section>
  );
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}
type OnSeek = ((event: MouseEvent) => void) | undefined;

function LaneRow({ lane, span, onSeek }: { lane: Lane; span: Span; onSeek: OnSeek }) {
  void names.value;
  const select = () => {
    selectedKey.value = lane.key;
  };
  return (
    <div class={`lane ${selectedKey.value === lane.key ? 'selected' : ''}`}>
      <button type="button" class="lane-name" onClick={select} title={nameOf(lane.key)}>
        {nameOf(lane.key)}
      </button>
      <div class={`lane-track ${onSeek === undefined ? '' : 'seekable'}`} onClick={onSeek}>
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
  modelId,
  onSeek,
}: {
  frames: readonly Analysis[];
  span: Span;
  modelId: string;
  onSeek: OnSeek;
}) {
  const key = selectedOf(results.value.get(modelId))?.key;
  const scale = 1000 / (span.endMs - span.startMs);
  const readings = frames.flatMap((frame) => {
    const face = frame.faces.find(({ id }) => id === key && id !== undefined);
    return face === undefined
      ? []
      : [{ atMs: timeOf(frame), probabilities: (face.smoothed ?? face).probabilities }];
  });
  if (readings.length < 2) return null;
  return (
    <div class="lane curves">
      <span class="lane-name" />
      <div class={`lane-track ${onSeek === undefined ? '' : 'seekable'}`} onClick={onSeek}>
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

function Cursor({ part }: { part: number }) {
  if (!(part >= 0 && part <= 1)) return null;
  return (
    <div class="lane cursor" aria-hidden="true">
      <span class="lane-name" />
      <div class="lane-track">
        <i style={{ left: `${part * 100}%` }} />
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

function colourOf(label: string): string {
  return `var(--series-${Math.max(0, labels.value.indexOf(label)) + 1})`;
}
