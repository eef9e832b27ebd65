import { createMemoryStore, type Checkpoint, type RunStore } from '@mien/train';

export interface BestStore extends RunStore {
  /** The checkpoint of the best epoch so far. */
  best(): Checkpoint | undefined;
}

/** Keeps the best checkpoint alone: a run of many epochs would fill the memory with those before it. */
export function createBestStore(): BestStore {
  let kept = createMemoryStore();
  return {
    prepare: () => kept.prepare(),
    saveCheckpoint: async (name, checkpoint) => {
      if (name.startsWith('last.')) return;
      kept = createMemoryStore();
      await kept.saveCheckpoint(name, checkpoint);
    },
    loadCheckpoint: (name) => kept.loadCheckpoint(name),
    saveLog: (history) => kept.saveLog(history),
    pathOf: (name) => name,
    best: () => [...kept.checkpoints.values()][0],
  };
}
