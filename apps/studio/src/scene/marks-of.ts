/** The marks of a result, with the names, choices and hidden faces of now. */
import type { Analysis, Box, Face } from '@mien/core';
import { matchFace } from '../state/match-face.js';
import { hiddenKeys, nameOf, names, personOf } from '../state/people.js';
import { framesOf, timeOf } from '../state/recording.js';
import { keyOf, mainResult, scene, selectedOf } from '../state/scene.js';
import { shownExpression } from '../state/shown-expression.js';
import { colourOf } from '../timeline/colour-of.js';
import { expressionName } from '../words/words.js';
import type { Mark } from './marks.js';
import { toHead, union, VEIL_REACH_MS, veilsAt, type HiddenFace } from './veils.js';

/** One for each face, in their order. The text of a hidden one is its name only. */
export function marksOf(result: Analysis): Mark[] {
  const main = mainResult.value;
  const selected = selectedOf(main)?.face;
  return result.faces.map((face, index) => {
    const { box, probabilities } = face.smoothed === undefined ? face : { ...face, ...face.smoothed };
    const expression = shownExpression(face);
    const key = keyOf(face, index);
    const percent = ((probabilities[expression] ?? 0) * 100).toFixed(1);
    const match = result === main ? face : matchFace(face, main);
    return {
      key,
      box,
      text: hiddenKeys.value.has(key)
        ? labelOf(key)
        : `${labelOf(key)} ${expressionName(expression)} ${percent} %${face.unsure ? ' ?' : ''}`,
      shortText: labelOf(key),
      colour: colourOf(expression),
      isSelected: match !== undefined && match === selected,
      isUnsure: face.unsure,
      differs: result !== main && match !== undefined && shownExpression(match) !== expression,
    };
  });
}

/** Of a name that a label has room for. */
const LONGEST_NAME = 24;

/** Apart from what follows it: a name may be written from right to left. */
function labelOf(key: number): string {
  const name = nameOf(key);
  if (!names.value.has(key)) return name;
  const characters = Array.from(name);
  const shown =
    characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME - 1).join('')}…` : name;
  return `\u2068${shown}\u2069`;
}

/** The same, without hidden faces and without a selection, in colours that need no page. */
export function savedMarksOf(result: Analysis): Mark[] {
  const style = getComputedStyle(document.documentElement);
  return marksOf(result)
    .filter(({ key }) => !hiddenKeys.value.has(key))
    .map((mark) => ({
      ...mark,
      isSelected: false,
      differs: false,
      colour: style.getPropertyValue(mark.colour.slice('var('.length, -1)).trim(),
    }));
}

/** The hidden faces of a result over time. */
export function hiddenFacesOf(result: Analysis): HiddenFace[] {
  return result.faces.flatMap((face) => {
    // Before a face is confirmed it has no id; it is within reach of the time when it has one.
    const key = face.id === undefined ? undefined : personOf(face.id);
    if (key === undefined || !hiddenKeys.value.has(key)) return [];
    return [{ key, atMs: timeOf(result), box: extentOf(face) }];
  });
}

/**
 * What covers the hidden faces of what is shown.
 *
 * @param timeMs of a video or camera
 */
export function veilsOf(result: Analysis | undefined, modelId: string, timeMs: number): Box[] {
  if (hiddenKeys.value.size === 0) return [];
  if (scene.value.kind === 'pictures') {
    return (result?.faces ?? []).flatMap((face, index) =>
      hiddenKeys.value.has(keyOf(face, index)) ? [toHead(face.box)] : [],
    );
  }
  // What the camera shows now is newer than what was recorded of it.
  if (scene.value.kind === 'camera' && result !== undefined) {
    const recent = framesOf(modelId).filter((frame) => timeOf(result) - timeOf(frame) <= VEIL_REACH_MS);
    return veilsAt([...recent, result].flatMap(hiddenFacesOf), timeOf(result));
  }
  const near = framesOf(modelId).filter((frame) => Math.abs(timeOf(frame) - timeMs) <= VEIL_REACH_MS);
  return veilsAt(near.flatMap(hiddenFacesOf), timeMs);
}

/** A smoothed box lags behind a face that moves. */
function extentOf({ box, smoothed }: Face): Box {
  return smoothed === undefined ? box : union(box, smoothed.box);
}
