/** Checkpoints of the user's own training, where `mien studio --models` serves the window. */
import { choices, type ModelChoice } from '../state/readers.js';

/** Adds them to the models to choose from; another host has none. */
export async function offerTrainingRuns(): Promise<void> {
  if (!navigator.onLine) return;
  const found = await fetchRuns().catch(() => []);
  choices.value = [...choices.peek(), ...found];
}

async function fetchRuns(): Promise<readonly ModelChoice[]> {
  const response = await fetch('./models.json');
  const { models } = (await response.json()) as { models: readonly unknown[] };
  return models.filter(isOffered).map(({ run, name, url, sizeBytes }) => ({
    id: url,
    // File names state epoch and validation accuracy, as in the paper.
    name: `${run}/${name}`,
    source: new URL(url, document.baseURI),
    sizeBytes,
    isOwn: true,
  }));
}

interface Offered {
  readonly run: string;
  readonly name: string;
  readonly url: string;
  readonly sizeBytes: number;
}

function isOffered(value: unknown): value is Offered {
  const { run, name, url, sizeBytes } = (value ?? {}) as Partial<Record<keyof Offered, unknown>>;
  const isNamed = typeof run === 'string' && typeof name === 'string';
  return isNamed && typeof url === 'string' && url.startsWith('./models/') && typeof sizeBytes === 'number';
}
