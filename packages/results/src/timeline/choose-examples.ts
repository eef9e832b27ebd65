/**
 * Chooses the faces that a report shows as pictures: in a recording, for each person, the frames with the highest
 * probability of each expression so far; in a picture, every face.
 *
 * The choice depends only on the results, so that a resumed analysis makes the same choice as an uninterrupted one.
 */
import { shownReading, type FrameResult } from '../frame-result.js';

/** A face must exceed the best one so far by this probability, so that a hundred frames give only a few pictures. */
const LEAST_GAIN = 0.03;

export class ExampleChooser {
  /** Highest probability so far, by person and label. */
  readonly #best = new Map<number, Map<string, number>>();

  /** @returns indices into `faces` */
  choose({ timestampMs, faces }: FrameResult): number[] {
    if (timestampMs === undefined) return [...faces.keys()];
    return [...faces.entries()].flatMap(([index, face]) => {
      const { expression, probabilities } = shownReading(face);
      // Smoothed readings lag behind the face; the picture should show the expression that is named.
      if (face.id === undefined || face.unsure || face.expression !== expression) return [];
      const probability = Math.min(face.probabilities[expression] ?? 0, probabilities[expression] ?? 0);
      const best = this.#best.get(face.id) ?? new Map<string, number>();
      if (probability < (best.get(expression) ?? 0) + LEAST_GAIN) return [];
      this.#best.set(face.id, best.set(expression, probability));
      return [index];
    });
  }
}
