/** The faces as the network saw them, kept beside the results for as long as those are. */
import type { Analysis, Face } from '@mien/core';
import { ExampleChooser } from '@mien/results';
import type { AnalysisWithCrops, FaceCrop } from '@mien/web';

const kept = new WeakMap<Analysis, readonly (FaceCrop | undefined)[]>();

/** @returns the result without the crops, for {@link cropOf} */
export function keepCrops({ crops, ...result }: AnalysisWithCrops): Analysis {
  kept.set(result, crops);
  return result;
}

export function cropOf(result: Analysis, face: Face): FaceCrop | undefined {
  return kept.get(result)?.[result.faces.indexOf(face)];
}

/** Of a saved session: those that were saved. */
export function restoreCrops(result: Analysis, crops: readonly (FaceCrop | undefined)[]): void {
  kept.set(result, crops);
}

/** Of a result that is the same one at another time. */
export function moveCrops(from: Analysis, to: Analysis): void {
  const crops = kept.get(from);
  if (crops === undefined) return;
  // Crops are found by the face.
  kept.set(to, crops);
}

/**
 * For a camera, which gives thousands of results: keeps the crops of the newest one, and of those that a report would
 * show.
 */
export function createCropSieve(source: string) {
  const chooser = new ExampleChooser();
  let previous: Analysis | undefined;
  return (found: AnalysisWithCrops): Analysis => {
    const result = keepCrops(found);
    if (previous !== undefined) kept.delete(previous);
    previous = chooser.choose({ source, ...result }).length > 0 ? undefined : result;
    return result;
  };
}
