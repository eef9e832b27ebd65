import type { TrainEvents } from './train-events.js';

/** Several listeners of one run as one; each event reaches them in this order. */
export function combineEvents(...listeners: readonly TrainEvents[]): Required<TrainEvents> {
  return {
    onStart: (plan) => listeners.forEach((it) => it.onStart?.(plan)),
    onBatch: (progress) => listeners.forEach((it) => it.onBatch?.(progress)),
    onEpoch: (summary) => listeners.forEach((it) => it.onEpoch?.(summary)),
    onCheckpoint: (path, kind) => listeners.forEach((it) => it.onCheckpoint?.(path, kind)),
    onEnd: (result) => listeners.forEach((it) => it.onEnd?.(result)),
  };
}
