import type { TrainEvents } from './train-events.js';

/** Combines several event handlers of a run; each event calls them in this order. */
export function combineEvents(...handlers: readonly TrainEvents[]): Required<TrainEvents> {
  return {
    onStart: (plan) => handlers.forEach((it) => it.onStart?.(plan)),
    onBatch: (progress) => handlers.forEach((it) => it.onBatch?.(progress)),
    onEpoch: (summary) => handlers.forEach((it) => it.onEpoch?.(summary)),
    onCheckpoint: (path, kind) => handlers.forEach((it) => it.onCheckpoint?.(path, kind)),
    onEnd: (result) => handlers.forEach((it) => it.onEnd?.(result)),
  };
}
