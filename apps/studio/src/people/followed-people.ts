/** Who was followed in a video, or by the camera. */
import type { Analysis } from '@mien/core';
import { personOf } from '../state/people.js';
import { framesOf } from '../state/recording.js';
import { mainId } from '../state/scene.js';

/** Numbers of people, in their order. */
export function followedPeople(): number[] {
  const keys = new Set(framesOf(mainId.value).flatMap(peopleOf));
  return [...keys].sort((a, b) => a - b);
}

/** Whether both were in one frame: then they are two people. */
export function isSeenWith(key: number, other: number): boolean {
  return framesOf(mainId.value).some((frame) => {
    const people = peopleOf(frame);
    return people.includes(key) && people.includes(other);
  });
}

function peopleOf({ faces }: Analysis): number[] {
  return faces.flatMap(({ id }) => (id === undefined ? [] : [personOf(id)]));
}
