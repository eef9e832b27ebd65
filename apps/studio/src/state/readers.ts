/**
 * The models that read the scene: one, or up to four side by side. Each has an analyzer, and so a worker, of its own.
 */
import { computed, effect, signal } from '@preact/signals';
import { createAnalyzer, type Analyzer, type ModelSource } from '@mien/web';
import { notify } from './notices.js';
import { BUNDLED_MODELS } from './address.js';
import { settings } from './settings.js';

/** What the folder of a training run says of one of its checkpoints. */
export interface Checkpoint {
  readonly run: string;
  /** Its name without that of the run. */
  readonly file: string;
  readonly epoch: number | null;
  /** 0…1, after that epoch. */
  readonly valAccuracy: number | null;
  /** After that epoch; `null` also where only the file's name states figures. */
  readonly valLoss: number | null;
  /** The best of its run, by `measure`. */
  readonly isBest: boolean;
  readonly measure: 'val_accuracy' | 'val_loss';
}

/** A model that can be chosen. */
export interface ModelChoice {
  readonly id: string;
  readonly name: string;
  /** What `createAnalyzer` takes. */
  readonly source: ModelSource;
  /** Of a file that has none beside it. */
  readonly manifest?: unknown;
  readonly labels?: readonly string[];
  readonly inputRange?: readonly [number, number];
  /** Files that belong to it, by their names: TensorFlow.js' shards, ONNX's external data, weights of a description. */
  readonly files?: Readonly<Record<string, File>>;
  readonly sizeBytes?: number;
  readonly isOwn: boolean;
  readonly checkpoint?: Checkpoint;
}

export interface Reader {
  readonly choice: ModelChoice;
  /** Id of the detector that it was loaded with. */
  readonly detector: string;
  readonly analyzer: Analyzer;
}

export const MOST_READERS = 4;

export const choices = signal<readonly ModelChoice[]>([
  { id: 'nano', name: 'nano', source: 'nano', isOwn: false },
  { id: 'base', name: 'base', source: 'base', isOwn: false },
  { id: 'mini-xception', name: 'mini-xception', source: 'mini-xception', isOwn: false },
]);
/** Ids of {@link choices}, the first one being the one whose readings lead. */
export const chosenIds = signal<readonly string[]>(settings.peek().models);
export const readers = signal<readonly Reader[]>([]);
/** Ids of models that are being loaded. */
export const loadingIds = signal<readonly string[]>([]);
export const mainReader = computed(() => readers.value[0]);

/**
 * Loads what is chosen and lets go of what is not. What is read goes on being read until the first of the models that are
 * loaded is there: a file that cannot be loaded disturbs nothing.
 *
 * @param onProblem called when a model cannot be loaded
 */
export function followChoices(onProblem: (choice: ModelChoice, error: Error) => void): () => void {
  return effect(() => {
    const wanted = chosenIds.value;
    const { detector } = settings.value;
    const fitting = readers.peek().filter((reader) => isWanted(reader));
    if (fitting.length > 0) show(fitting);
    const missing = wanted.filter((id) => !fitting.some(({ choice }) => choice.id === id));
    for (const id of missing) void load(id, detector, onProblem);
  });
}

function isWanted({ choice, detector }: Reader): boolean {
  return chosenIds.peek().includes(choice.id) && detector === settings.peek().detector;
}

/** Keeps the bundled models that are chosen in the settings, and so in the address. */
export function followBundledChoices(): () => void {
  return effect(() => {
    const models = chosenIds.value.filter((id) => BUNDLED_MODELS.some((known) => known === id));
    const { models: before, ...others } = settings.peek();
    if (models.length > 0 && models.join() !== before.join()) settings.value = { ...others, models };
  });
}

/** Chooses a model alone, or adds it to those that are compared. */
export function choose(id: string, isComparison: boolean): void {
  if (!isComparison) {
    chosenIds.value = [id];
    return;
  }
  const others = chosenIds.value.filter((other) => other !== id);
  const isChosen = others.length < chosenIds.value.length;
  if (isChosen && others.length > 0) chosenIds.value = others;
  else if (!isChosen && others.length < MOST_READERS) chosenIds.value = [...others, id];
}

/** Takes a model away. Where it was the only one that is chosen, those are again that still read, or else the first one. */
export function removeChoice(id: string): void {
  choices.value = choices.value.filter((choice) => choice.id !== id);
  const isLeft = (other: string): boolean => choices.value.some((choice) => choice.id === other);
  const reading = readers.peek().map(({ choice }) => choice.id);
  const first = choices.value.slice(0, 1).map((choice) => choice.id);
  const candidates = [chosenIds.value, reading, first].map((ids) => ids.filter(isLeft));
  chosenIds.value = candidates.find((ids) => ids.length > 0) ?? [];
}

async function load(
  id: string,
  detector: string,
  onProblem: (choice: ModelChoice, error: Error) => void,
): Promise<void> {
  const choice = choices.peek().find((one) => one.id === id);
  if (choice === undefined || loadingIds.peek().includes(id)) return;
  loadingIds.value = [...loadingIds.peek(), id];
  const { source, manifest, labels: stated, inputRange, files } = choice;
  try {
    const analyzer = await createAnalyzer({
      model: source,
      detector,
      ...(manifest !== undefined && { manifest }),
      ...(stated !== undefined && { labels: stated }),
      ...(inputRange !== undefined && { inputRange }),
      ...(files !== undefined && { modelFiles: files }),
    });
    const reader = { choice, detector, analyzer };
    if (isWanted(reader)) {
      show([...readers.peek().filter(isWanted), reader]);
      // What was assumed of the file: labels of a known network, a softmax.
      for (const notice of analyzer.notices) notify(`${choice.name}: ${notice}`);
    } else analyzer.dispose();
  } catch (error) {
    onProblem(choice, error instanceof Error ? error : new Error(String(error)));
  } finally {
    loadingIds.value = loadingIds.peek().filter((other) => other !== id);
    // Chosen again, or the detector changed, while it was loaded.
    const isMissing = !readers.peek().some((reader) => reader.choice.id === id && isWanted(reader));
    if (isMissing && chosenIds.peek().includes(id) && detector !== settings.peek().detector)
      void load(id, settings.peek().detector, onProblem);
  }
}

/** A worker that ends twice within this time is not started a third time: what it was given would end it again. */
const REVIVAL_INTERVAL_MS = 10_000;
const revivedAt = new Map<string, number>();

/**
 * Loads a model again whose worker has ended, for example because the browser was short of memory.
 *
 * @returns whether it is loaded again; it is not when that has happened just before
 */
export function revive({ choice, analyzer }: Reader): boolean {
  const { id } = choice;
  show(readers.peek().filter((reader) => reader.analyzer !== analyzer));
  const atMs = performance.now();
  const isTooSoon = atMs - (revivedAt.get(id) ?? -Infinity) < REVIVAL_INTERVAL_MS;
  revivedAt.set(id, atMs);
  // Choosing loads what is not there.
  if (!isTooSoon) chosenIds.value = [...chosenIds.peek()];
  return !isTooSoon;
}

/**
 * Lets go of the readers that are not among some. What is read is read again when the readers change, so they only do if
 * others are among them.
 */
function show(some: readonly Reader[]): void {
  const next = chosenIds.peek().flatMap((id) => some.filter(({ choice }) => choice.id === id));
  const before = readers.peek();
  for (const reader of before) if (!next.includes(reader)) reader.analyzer.dispose();
  if (next.length !== before.length || next.some((reader, at) => reader !== before[at])) readers.value = next;
}
