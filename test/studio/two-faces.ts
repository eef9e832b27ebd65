/** The studio with a camera that shows two faces in turn. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { makeCameraOfTwo } from '../synthetic-video/camera-file.js';
import { useStudio, type StudioOfTests } from './studio.js';

export interface StudioWithTwoFaces extends StudioOfTests {
  /** For files of the tests; removed after them. */
  readonly folder: string;
  /** What each face shows; known when the tests run. */
  readonly expressions: readonly [string, string];
}

/** As {@link useStudio}. */
export function useStudioWithTwoFaces(): StudioWithTwoFaces {
  const folder = mkdtempSync(join(tmpdir(), 'mien-two-faces-'));
  let expressions: readonly [string, string];
  const studio = useStudio(async () => {
    const camera = await makeCameraOfTwo(join(folder, 'camera.mjpeg'));
    ({ expressions } = camera);
    return camera.flags;
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    ...studio,
    folder,
    get expressions() {
      return expressions;
    },
  };
}
