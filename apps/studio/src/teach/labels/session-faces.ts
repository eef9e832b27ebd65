/** The faces of what is open: of all pictures, or of the video or camera session so far. */
import type { Analysis } from '@mien/core';
import { cropOf } from '../../state/crops.js';
import { framesOf } from '../../state/recording.js';
import { mainId, scene } from '../../state/scene.js';
import { cropToGrey, type GreyPicture } from './grey-picture.js';

export interface SessionFace {
  readonly name: string;
  readonly picture: GreyPicture;
}

/** As many as can be looked through. */
const MOST_FACES = 60;

/** @returns at most 60, evenly spread over a longer session */
export function findSessionFaces(): readonly SessionFace[] {
  const now = scene.peek();
  const results: readonly (readonly [name: string, result: Analysis | undefined])[] =
    now.kind === 'pictures'
      ? now.pictures.map(({ name, results: of }) => [name, of.get(mainId.peek())] as const)
      : framesOf(mainId.peek()).map(
          (result) => [`${((result.timestampMs ?? 0) / 1000).toFixed(1)} s`, result] as const,
        );
  const faces = results.flatMap(([name, result]) =>
    (result?.faces ?? []).flatMap((face) => {
      const crop = result && cropOf(result, face);
      return crop === undefined ? [] : [{ name, picture: cropToGrey(crop) }];
    }),
  );
  const step = Math.max(1, faces.length / MOST_FACES);
  return Array.from({ length: Math.min(faces.length, MOST_FACES) }, (_, at) => faces[Math.floor(at * step)]!);
}
