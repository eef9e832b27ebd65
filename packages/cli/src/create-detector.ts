import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHaarDetector, MienError, type Detector } from '@mien/core';
import { findInstalledModel } from './installed-models.js';

/** The first one is the default. */
export const DETECTORS = ['haar'] as const;
export type DetectorId = (typeof DETECTORS)[number];

export interface DetectorSettings {
  readonly scaleFactor: number;
  readonly minNeighbors: number;
}

const HAAR_MODEL = 'haar-frontalface';

const CREATORS: Record<DetectorId, (settings: DetectorSettings) => Promise<Detector>> = {
  haar: async (settings) => {
    const folder = findInstalledModel(HAAR_MODEL);
    if (folder === undefined) {
      throw new MienError(
        'NOT_FOUND',
        `detector haar: @mien/model-${HAAR_MODEL} is not installed; run npm install`,
      );
    }
    return createHaarDetector({ cascade: await readFile(join(folder, 'cascade.bin')), ...settings });
  },
};

/** Makes a detector of the files that are installed with this command. */
export function createDetector(id: DetectorId, settings: DetectorSettings): Promise<Detector> {
  return CREATORS[id](settings);
}
