// The conditions under which bench/quality.js reads each picture: those of `mien evaluate --corruptions` with more steps, and
// two that change the picture's size, so that a face is really small or really cut off.
// @ts-check
import { createFaceCropper } from '@mien/core';
import { corrupt, FER2013_SIDE as SIDE } from '@mien/train';

/** @typedef {import('@mien/train').GreyPicture} GreyPicture */
/** @typedef {import('@mien/train').PictureTransform} PictureTransform */

/**
 * @typedef {object} Condition
 * @property {'as it is' | 'blur σ' | 'darker ×' | 'dim ×' | 'brighter ×' | 'side' | 'cut off' | 'roll °'} group
 * @property {number} value  how strong, in the unit of the group; 0 for the picture as it is
 * @property {PictureTransform} degrade
 */

/** Standard deviation in greys of 256 of the noise of a dim picture: a sensor's own, which does not fall with the light. */
export const DIM_NOISE = 2;
/** A crop of the whole picture. */
export const WHOLE = { scale: 1, offsetX: 0, offsetY: 0 };

/** @returns {Promise<Condition[]>} the picture as it is first, then group by group from weak to strong */
export async function createConditions() {
  const toSmaller = await Promise.all(
    [36, 30, 24, 20, 16, 12, 8].map(async (side) => ({ value: side, degrade: await shrink(side) })),
  );
  return [
    { group: 'as it is', value: 0, degrade: (picture) => picture },
    ...ofGroup('blur σ', [0.5, 0.75, 1, 1.5, 2, 3, 4], (sigma) => corrupt('blur', sigma)),
    ...ofGroup('darker ×', [0.5, 0.25, 0.12, 0.06, 0.03, 0.015], (gain) => corrupt('darkness', gain)),
    ...ofGroup('dim ×', [0.5, 0.25, 0.12, 0.06, 0.03], dim),
    ...ofGroup('brighter ×', [1.5, 2, 3, 4, 6], (gain) => corrupt('brightness', gain)),
    ...toSmaller.map((condition) => ({ group: /** @type {const} */ ('side'), ...condition })),
    ...ofGroup('cut off', [0.1, 0.2, 0.3, 0.4, 0.5], cut),
    ...ofGroup('roll °', [10, 20, 30, 45], (degrees) => corrupt('rotation', degrees)),
  ];
}

/**
 * @param {Condition['group']} group @param {readonly number[]} values
 * @param {(value: number) => PictureTransform} degradeBy
 * @returns {Condition[]}
 */
function ofGroup(group, values, degradeBy) {
  return values.map((value) => ({ group, value, degrade: degradeBy(value) }));
}

/** Darkness with the noise of a sensor. @param {number} gain @returns {PictureTransform} */
function dim(gain) {
  const [darken, addNoise] = [corrupt('darkness', gain), corrupt('noise', DIM_NOISE)];
  return (picture, row) => addNoise(darken(picture, row), row);
}

/** A face of `side` pixels. @param {number} side @returns {Promise<PictureTransform>} */
async function shrink(side) {
  const small = await createFaceCropper({ width: side, height: side, channels: 1, range: [0, 255] }, WHOLE);
  const whole = { x: 0, y: 0, width: SIDE, height: SIDE };
  return (picture) => ({
    data: Uint8Array.from(small.cropAll({ ...picture, channels: 1 }, [whole]), Math.round),
    width: side,
    height: side,
  });
}

/** The left part of the face lies beyond the picture. @param {number} share @returns {PictureTransform} */
function cut(share) {
  const first = Math.round(share * SIDE);
  const width = SIDE - first;
  return ({ data }) => ({
    data: Uint8Array.from(
      { length: width * SIDE },
      (_, i) => data[Math.floor(i / width) * SIDE + first + (i % width)] ?? 0,
    ),
    width,
    height: SIDE,
  });
}
