/**
 * Summarizes a recording in two passes over its stored frames. The first counts, which decides the span of the columns
 * and which people are described individually; the second fills the columns. Memory holds one frame at a time, and one
 * number for each person that is not described.
 */
import type { Face } from '@mien/core';
import { shownReading, type FrameRecord } from '../frame-result.js';
import type { Example, Person, Recording } from './recording.js';
import { Tallier } from './tally.js';
import { CrowdColumns, TimeColumns, type TimeSpan } from './time-columns.js';

/** Nobody reads about more people individually. */
export const MAX_PEOPLE = 12;
/** People who are seen in a smaller part of the frames with faces belong to the others. */
export const LEAST_PRESENCE = 0.02;
/** Duration of a single frame, if the recording does not say when it ends. */
const ONLY_FRAME_MS = 1000;

/**
 * @param read returns the frames from the first to the last; called twice
 * @param statedEndMs when the recording ends, if that is known
 * @returns `undefined` if there are no frames, or if they have no times (pictures)
 */
export async function summarizeRecording(
  read: () => AsyncIterable<FrameRecord>,
  labels: readonly string[],
  statedEndMs?: number,
): Promise<Recording | undefined> {
  const census = await takeCensus(read(), statedEndMs);
  if (census === undefined) return undefined;
  const { presence, framesWithFaces, ...counts } = census;
  const chosen = choosePeople(presence, framesWithFaces);
  const collectors = new Map(chosen.map((id) => [id, new PersonCollector(id, census, labels)]));
  const crowd = new CrowdColumns(census);
  for await (const { frame, untilMs } of withEnds(read(), census.endMs)) {
    frame.faces.forEach((face, index) => {
      if (face.id === undefined) return;
      const collector = collectors.get(face.id);
      if (collector === undefined) crowd.add(frame.timestampMs, untilMs);
      else collector.add(face, frame.timestampMs, untilMs, frame.pictures?.[index]);
    });
  }
  const foldedAway = [...presence].filter(([id]) => !collectors.has(id));
  return {
    ...counts,
    labels,
    framesWithFaces,
    people: [...collectors.values()].map((collector) => collector.toPerson()),
    others: {
      people: foldedAway.length,
      frames: foldedAway.reduce((sum, [, frames]) => sum + frames, 0),
      columns: crowd.toColumns(),
    },
  };
}

interface Census extends Omit<Recording, 'labels' | 'people' | 'others'> {
  /** Number of frames by id. */
  readonly presence: ReadonlyMap<number, number>;
}

async function takeCensus(
  frames: AsyncIterable<FrameRecord>,
  statedEndMs = Infinity,
): Promise<Census | undefined> {
  const presence = new Map<number, number>();
  let first: FrameRecord | undefined;
  let [count, framesWithFaces, faceCount, unconfirmed, lastMs] = [0, 0, 0, 0, 0];
  for await (const frame of frames) {
    const { timestampMs, faces } = frame;
    if (timestampMs === undefined) return undefined;
    first ??= frame;
    lastMs = timestampMs;
    count++;
    faceCount += faces.length;
    if (faces.length > 0) framesWithFaces++;
    for (const { id } of faces) {
      if (id === undefined) unconfirmed++;
      else presence.set(id, (presence.get(id) ?? 0) + 1);
    }
  }
  if (first === undefined) return undefined;
  const { timestampMs: startMs = 0, width, height, model, detector } = first;
  // Nothing follows the last frame: it lasts as long as the others on average, but not beyond the end.
  const intervalMs = count > 1 && lastMs > startMs ? (lastMs - startMs) / (count - 1) : ONLY_FRAME_MS;
  const counts = { frames: count, intervalMs, framesWithFaces, faces: faceCount, unconfirmed };
  const endMs = statedEndMs > lastMs ? Math.min(lastMs + intervalMs, statedEndMs) : lastMs + intervalMs;
  return { startMs, endMs, width, height, model, detector, ...counts, presence };
}

/** The people who were seen most, by id. */
function choosePeople(presence: ReadonlyMap<number, number>, framesWithFaces: number): number[] {
  return [...presence]
    .sort(([idA, a], [idB, b]) => b - a || idA - idB)
    .filter(([, frames], rank) => rank === 0 || frames >= LEAST_PRESENCE * framesWithFaces)
    .slice(0, MAX_PEOPLE)
    .map(([id]) => id)
    .sort((a, b) => a - b);
}

interface HeldFrame {
  readonly frame: FrameRecord & { readonly timestampMs: number };
  readonly untilMs: number;
}

/** Frames with the time until which they last: that of the next one. */
async function* withEnds(
  frames: AsyncIterable<FrameRecord>,
  endMs: number,
): AsyncGenerator<HeldFrame, void, void> {
  let held: HeldFrame['frame'] | undefined;
  for await (const frame of frames) {
    const { timestampMs = 0 } = frame;
    if (held !== undefined) yield { frame: held, untilMs: timestampMs };
    held = { ...frame, timestampMs };
  }
  if (held !== undefined) yield { frame: held, untilMs: endMs };
}

class PersonCollector {
  readonly #id: number;
  readonly #labels: readonly string[];
  readonly #tally: Tallier;
  readonly #smoothed: TimeColumns;
  readonly #asRead: TimeColumns;
  readonly #examples = new Map<string, Example>();
  #firstMs: number | undefined;
  #lastMs = 0;

  constructor(id: number, span: TimeSpan, labels: readonly string[]) {
    this.#id = id;
    this.#labels = labels;
    this.#tally = new Tallier(labels);
    this.#smoothed = new TimeColumns(span, labels.length);
    this.#asRead = new TimeColumns(span, labels.length);
  }

  add(face: Face, timestampMs: number, untilMs: number, picture: string | undefined): void {
    this.#firstMs ??= timestampMs;
    this.#lastMs = timestampMs;
    this.#tally.add(face);
    this.#smoothed.add(this.#toReading(face, shownReading(face)), timestampMs, untilMs);
    this.#asRead.add(this.#toReading(face, face), timestampMs, untilMs);
    if (picture !== undefined) {
      // A picture is only cut out if it is better than those before it.
      const { expression: label, probabilities } = shownReading(face);
      this.#examples.set(label, { label, timestampMs, probability: probabilities[label] ?? 0, picture });
    }
  }

  #toReading({ unsure }: Face, { expression, probabilities }: Pick<Face, 'expression' | 'probabilities'>) {
    return {
      probabilities: this.#labels.map((label) => probabilities[label] ?? 0),
      shown: Math.max(0, this.#labels.indexOf(expression)),
      isUnsure: unsure,
    };
  }

  toPerson(): Person {
    return {
      id: this.#id,
      tally: this.#tally,
      firstMs: this.#firstMs ?? 0,
      lastMs: this.#lastMs,
      smoothed: this.#smoothed.toColumns(),
      asRead: this.#asRead.toColumns(),
      examples: this.#labels.flatMap((label) => this.#examples.get(label) ?? []),
    };
  }
}
