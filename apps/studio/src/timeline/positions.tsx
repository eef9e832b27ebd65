/** Where the scene is: it moves with every frame that is played, while the lanes stay as they are. */
import { toTickLabel } from '@mien/results';
import { marks } from '../state/marks.js';
import { selectedSpan, type Span } from '../state/scene.js';
import { positionMs } from './position.js';

/** @param endMs of the video or session */
export function Clock({ endMs }: { endMs: number }) {
  return (
    <span class="muted clock">
      {toTickLabel(Math.round((positionMs() ?? 0) / 100) * 100)} /{' '}
      {toTickLabel(Math.round(endMs / 1000) * 1000)}
    </span>
  );
}

/** Over the lanes: what is selected, what is marked, and where the scene is. */
export function Positions({ span }: { span: Span }) {
  const atMs = positionMs() ?? 0;
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
