/**
 * Which faces of a moment are worth a picture in the report: of a recording, for every person the surest moment of each
 * expression so far; of a picture, every face.
 *
 * The choice depends on moments alone, so that work which is gone on with chooses as if it had never stopped.
 */
import { shownOf, type Moment } from '../frame-result.js';

/** A moment must be surer by this much than the best one before it, so that a hundred moments give a handful of pictures. */
const LEAST_GAIN = 0.03;

export class ExampleChooser {
  /** The best so far, by person and label. */
  readonly #best = new Map<number, Map<string, number>>();

  /** @returns places among the moment's faces */
  choose({ timestampMs, faces }: Moment): number[] {
    if (timestampMs === undefined) return [...faces.keys()];
    return [...faces.entries()].flatMap(([index, face]) => {
      const { expression, probabilities } = shownOf(face);
      // The picture should show what is said: steadied readings trail behind the face.
      if (face.id === undefined || face.unsure || face.expression !== expression) return [];
      const probability = Math.min(face.probabilities[expression] ?? 0, probabilities[expression] ?? 0);
      const best = this.#best.get(face.id) ?? new Map<string, number>();
      if (probability < (best.get(expression) ?? 0) + LEAST_GAIN) return [];
      this.#best.set(face.id, best.set(expression, probability));
      return [index];
    });
  }
}
