/**
 * One clock for everything that is read of a camera. Each model watches it with a clock and numbers of faces of its own, which
 * begin anew when it is chosen again or the detector changes: here they go on, so that nothing that was read has to go.
 */
import type { AnalysisWithCrops } from '@mien/web';
import { framesOf, timeOf } from '../state/recording.js';

export interface CameraClock {
  /** On the page's clock; 0 while nothing was read. */
  readonly startMs: number;
  /** @returns moves the results of one watch of a model behind those that are there of that model */
  follow(modelId: string): (found: AnalysisWithCrops, latencyMs: number) => AnalysisWithCrops;
}

export function createCameraClock(): CameraClock {
  let startMs: number | undefined;
  return {
    get startMs() {
      return startMs ?? 0;
    },
    follow(modelId) {
      const before = framesOf(modelId);
      const lastId = before.reduce((most, { faces }) => Math.max(most, ...faces.map(({ id = 0 }) => id)), 0);
      const endMs = timeOf(before.at(-1));
      let shiftMs: number | undefined;
      return (found, latencyMs) => {
        const seenMs = performance.now() - latencyMs;
        startMs ??= seenMs - timeOf(found);
        // What is known of latencies varies by some milliseconds.
        shiftMs ??= Math.max(seenMs - startMs, endMs) - timeOf(found);
        if (shiftMs === 0 && lastId === 0) return found;
        const faces = found.faces.map((face) =>
          face.id === undefined ? face : { ...face, id: face.id + lastId },
        );
        return { ...found, timestampMs: timeOf(found) + shiftMs, faces };
      };
    },
  };
}
