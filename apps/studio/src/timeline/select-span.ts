/** A span of the timeline that is selected by keys: from where the scene is, or up to there. */
import { scene, selectedSpan } from '../state/scene.js';
import { aimedPosition } from '../scene/video-player.jsx';
import { positionMs } from './position.js';

export function startSpan(): void {
  const atMs = aimedMs();
  if (atMs === undefined) return;
  const before = selectedSpan.peek();
  const now = scene.peek();
  const lastMs = 'durationMs' in now ? now.durationMs : atMs;
  const endMs = before !== undefined && before.endMs > atMs ? before.endMs : lastMs;
  selectedSpan.value = { startMs: atMs, endMs };
}

export function endSpan(): void {
  const atMs = aimedMs();
  if (atMs === undefined) return;
  const before = selectedSpan.peek();
  selectedSpan.value = {
    startMs: before !== undefined && before.startMs < atMs ? before.startMs : 0,
    endMs: atMs,
  };
}

/** Keys are faster than a player. */
function aimedMs(): number | undefined {
  const { kind } = scene.peek();
  return kind === 'video' || kind === 'session' ? aimedPosition() : positionMs();
}
