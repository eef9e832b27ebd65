/** Below the scene: a lane for each face, coloured by the expression that it showed, and the curves of the selected one. */
import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { videoProgress } from '../source/video.js';
import { addMark } from '../state/marks.js';
import { merged, personOf } from '../state/people.js';
import { framesOf, framesSince, SAMPLE_INTERVAL_MS, timeOf, version } from '../state/recording.js';
import { labels, mainId, scene } from '../state/scene.js';
import { expressionName, words } from '../words/words.js';
import { colourOf } from './colour-of.js';
import { Curves } from './curves.jsx';
import { LaneRow } from './lane-row.jsx';
import { MarkList } from './mark-list.jsx';
import { positionMs } from './position.js';
import { Clock, Positions } from './positions.jsx';
import { toLanes, type Lane } from './segments.js';
import { SpanShares } from './span-shares.jsx';
import { useCalm } from './use-calm.js';

/** As many lanes as are read at a glance; the others are counted. */
const MOST_LANES = 6;
/** Of a camera the timeline shows this much. */
const CAMERA_SPAN_MS = 60_000;
/** A video gives hundreds of results a second while it is read; an hour of them takes some time to draw. */
const REDRAW_MS = 200;
const isRead = computed(() => videoProgress.value === 1);

export function Timeline() {
  const now = scene.value;
  const modelId = mainId.value;
  const count = useCalm(version, REDRAW_MS);
  const isCamera = now.kind === 'camera';
  const frames = isCamera ? framesSince(modelId, CAMERA_SPAN_MS) : framesOf(modelId);
  const lanes = useMemo(
    () => toLanes(frames, SAMPLE_INTERVAL_MS, personOf),
    [now, modelId, count, isRead.value, merged.value],
  );
  if (now.kind !== 'video' && now.kind !== 'session' && (!isCamera || frames.length === 0)) return null;
  const lastMs = timeOf(frames.at(-1));
  // A session may be of a single moment.
  const endMs =
    now.kind === 'camera' ? Math.max(lastMs, CAMERA_SPAN_MS) : Math.max(now.durationMs, SAMPLE_INTERVAL_MS);
  const span = { startMs: isCamera ? endMs - CAMERA_SPAN_MS : 0, endMs };
  const { timeline } = words.value;
  return (
    <section class="timeline" aria-label={timeline.title} aria-busy={now.kind === 'video' && !isRead.value}>
      <div class="timeline-head">
        <Clock endMs={endMs} />
        <button
          type="button"
          class="quiet"
          title={timeline.markHint}
          onClick={() => addMark(positionMs() ?? 0)}
        >
          ⚑ {timeline.mark}
        </button>
        <ReadingProgress />
        <Legend lanes={lanes} />
      </div>
      <div class="lanes">
        {lanes.length === 0 && <p class="muted">{timeline.nobody}</p>}
        {lanes.slice(0, MOST_LANES).map((lane) => (
          <LaneRow key={lane.key} lane={lane} span={span} isSeekable={!isCamera} />
        ))}
        {lanes.length > MOST_LANES && <p class="muted">{timeline.more(lanes.length - MOST_LANES)}</p>}
        <Curves frames={frames} count={count} span={span} isSeekable={!isCamera} />
        <Positions span={span} />
      </div>
      <SpanShares lanes={lanes} />
      <MarkList />
    </section>
  );
}

/** By itself, because it changes with every frame that is read. */
function ReadingProgress() {
  const progress = videoProgress.value;
  if (progress === undefined || progress === 1) return null;
  return <progress value={progress} max={1} aria-label={words.value.timeline.reading} />;
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
