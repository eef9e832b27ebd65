/** Checkpoints of the user's own training, where `mien studio --models` serves the window. */
import { choices, type ModelChoice } from '../state/readers.js';
import { inOrder, isOffered } from './offered-checkpoint.js';

/** Adds them to the models to choose from; another host has none. */
export async function offerTrainingRuns(): Promise<void> {
  if (!navigator.onLine) return;
  const found = await fetchRuns().catch(() => []);
  choices.value = [...choices.peek(), ...found];
}

async function fetchRuns(): Promise<readonly ModelChoice[]> {
  const response = await fetch('./models.json');
  const { models } = (await response.json()) as { models: readonly unknown[] };
  return inOrder(models.filter(isOffered)).map(({ name, url, sizeBytes, ...checkpoint }) => ({
    id: url,
    name: `${checkpoint.run}/${name}`,
    source: new URL(url, document.baseURI),
    sizeBytes,
    isOwn: true,
    checkpoint: { ...checkpoint, file: name },
  }));
}
