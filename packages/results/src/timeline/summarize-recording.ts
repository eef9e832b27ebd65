/**
 * From the moments of a recording to what is told of it, in two passes over where they are kept: the first one counts,
 * which decides the span of the columns and who is told of one by one; the second one fills the columns. No moment stays
 * in memory, and of a face that is passed over only a number does.
 */
import type { Face } from '@mien/core';
import { shownOf, type KeptMoment } from '../frame-result.js';
import type { Example, Person, Recording } from './recording.js';
import { Tallier } from './tally.js';
import { CrowdColumns, TimeColumns, type TimeSpan } from './time-columns.js';

/** More people one by one are no longer looked at. */
export const MAX_PEOPLE = 12;
/** Who is seen in a smaller part than this of the moments with faces belongs to the others. */
export const LEAST_PRESENCE = 0.02;
/** How long the only moment holds. */
const ONLY_MOMENT_MS = 1000;

/**
 * @param read the moments from the first to the last, each time that it is called
 * @returns `undefined` where there are none, or where they have no times: pictures
 */
export async function summarizeRecording(
  read: () => AsyncIterable<KeptMoment>,
  labels: readonly string[],
): Promise<Recording | undefined> {
  const census = await takeCensus(read());
  if (census === undefined) return undefined;
  const { presence, momentsWithFaces, ...counts } = census;
  const chosen = choosePeople(presence, momentsWithFaces);
  const collectors = new Map(chosen.map((id) => [id, new PersonCollector(id, census, labels)]));
  const crowd = new CrowdColumns(census);
  for await (const { moment, untilMs } of withEnds(read(), census.endMs)) {
    moment.faces.forEach((face, index) => {
      if (face.id === undefined) return;
      const collector = collectors.get(face.id);
      if (collector === undefined) crowd.add(moment.timestampMs, untilMs);
      else collector.add(face, moment.timestampMs, untilMs, moment.pictures?.[index]);
    });
  }
  const foldedAway = [...presence].filter(([id]) => !collectors.has(id));
  return {
    ...counts,
    labels,
    momentsWithFaces,
    people: [...collectors.values()].map((collector) => collector.toPerson()),
    others: {
      people: foldedAway.length,
      moments: foldedAway.reduce((sum, [, moments]) => sum + moments, 0),
      columns: crowd.toColumns(),
    },
  };
}

interface Census extends Omit<Recording, 'labels' | 'people' | 'others'> {
  /** By id: in how many moments. */
  readonly presence: ReadonlyMap<number, number>;
}

async function takeCensus(moments: AsyncIterable<KeptMoment>): Promise<Census | undefined> {
  const presence = new Map<number, number>();
  let first: KeptMoment | undefined;
  let [count, momentsWithFaces, faceCount, unconfirmed, lastMs] = [0, 0, 0, 0, 0];
  for await (const moment of moments) {
    const { timestampMs, faces } = moment;
    if (timestampMs === undefined) return undefined;
    first ??= moment;
    lastMs = timestampMs;
    count++;
    faceCount += faces.length;
    if (faces.length > 0) momentsWithFaces++;
    for (const { id } of faces) {
      if (id === undefined) unconfirmed++;
      else presence.set(id, (presence.get(id) ?? 0) + 1);
    }
  }
  if (first === undefined) return undefined;
  const { timestampMs: startMs = 0, width, height, model, detector } = first;
  // Nothing follows the last moment: it holds as long as the others do.
  const holdsMs = count > 1 && lastMs > startMs ? (lastMs - startMs) / (count - 1) : ONLY_MOMENT_MS;
  const counts = { moments: count, momentsWithFaces, faces: faceCount, unconfirmed };
  return { startMs, endMs: lastMs + holdsMs, width, height, model, detector, ...counts, presence };
}

/** Those who were seen most, by their numbers. */
function choosePeople(presence: ReadonlyMap<number, number>, momentsWithFaces: number): number[] {
  return [...presence]
    .sort(([idA, a], [idB, b]) => b - a || idA - idB)
    .filter(([, moments], rank) => rank === 0 || moments >= LEAST_PRESENCE * momentsWithFaces)
    .slice(0, MAX_PEOPLE)
    .map(([id]) => id)
    .sort((a, b) => a - b);
}

interface HeldMoment {
  readonly moment: KeptMoment & { readonly timestampMs: number };
  readonly untilMs: number;
}

/** Moments with the time until which they hold: that of the next one. */
async function* withEnds(
  moments: AsyncIterable<KeptMoment>,
  endMs: number,
): AsyncGenerator<HeldMoment, void, void> {
  let held: HeldMoment['moment'] | undefined;
  for await (const moment of moments) {
    const { timestampMs = 0 } = moment;
    if (held !== undefined) yield { moment: held, untilMs: timestampMs };
    held = { ...moment, timestampMs };
  }
  if (held !== undefined) yield { moment: held, untilMs: endMs };
}

class PersonCollector {
  readonly #id: number;
  readonly #labels: readonly string[];
  readonly #tally: Tallier;
  readonly #steadied: TimeColumns;
  readonly #asRead: TimeColumns;
  readonly #examples = new Map<string, Example>();
  #firstMs: number | undefined;
  #lastMs = 0;

  constructor(id: number, span: TimeSpan, labels: readonly string[]) {
    this.#id = id;
    this.#labels = labels;
    this.#tally = new Tallier(labels);
    this.#steadied = new TimeColumns(span, labels.length);
    this.#asRead = new TimeColumns(span, labels.length);
  }

  add(face: Face, timestampMs: number, untilMs: number, picture: string | undefined): void {
    this.#firstMs ??= timestampMs;
    this.#lastMs = timestampMs;
    this.#tally.add(face);
    this.#steadied.add(this.#toReading(face, shownOf(face)), timestampMs, untilMs);
    this.#asRead.add(this.#toReading(face, face), timestampMs, untilMs);
    if (picture !== undefined) {
      // A picture is only cut out when it is better than those before it.
      const { expression: label, probabilities } = shownOf(face);
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
      steadied: this.#steadied.toColumns(),
      asRead: this.#asRead.toColumns(),
      examples: this.#labels.flatMap((label) => this.#examples.get(label) ?? []),
    };
  }
}
