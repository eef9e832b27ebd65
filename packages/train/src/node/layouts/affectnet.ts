/**
 * AffectNet's pictures in folders named by the numbers of their expressions, as it is often repacked:
 *
 *   train_class/3/….jpg, val_class/3/….jpg    (or train/3/…, or 3/…)
 *
 * The numbers are AffectNet's own. Other collections number their labels otherwise (FER2013, FER+, RAF-DB), so numbers
 * alone do not tell: a folder must be named AffectNet or have folders named as AffectNet's, or the layout be stated.
 *
 * Ref: Mollahosseini, Hasani, Mahoor 2019, "AffectNet: A Database for Facial Expression, Valence, and Arousal Computing
 * in the Wild", and the read-me of the database: 0 neutral, 1 happy, 2 sad, 3 surprise, 4 fear, 5 disgust, 6 anger,
 * 7 contempt, 8 none, 9 uncertain, 10 no face.
 */
import { planClassFolders } from './class-folders.js';
import type { Plan, ReadEvents } from './plan.js';
import { isPictureName, type Tree } from './walk-folder.js';

const LABELS = ['neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'angry', 'contempt'] as const;
/** What the further numbers say. */
const NO_EXPRESSION = ['none', 'uncertain', 'no face'] as const;
const SPLITS = new Set(['train_class', 'val_class', 'test_class']);
const NUMBER = /^(0|[1-9]|10)$/;

/** @param root may say by its name what it is */
export function isAffectNet({ files }: Tree, root: string): boolean {
  const pictures = files.filter(({ parts }) => isPictureName(parts.at(-1) ?? ''));
  const isNumbered = pictures.length > 0 && pictures.every(({ parts }) => NUMBER.test(parts.at(-2) ?? ''));
  const isNamed = [root, ...pictures.slice(0, 1).flatMap(({ parts }) => parts)].some((part) =>
    /affect-?_?net/i.test(part),
  );
  return (
    isNumbered &&
    (isNamed || pictures.every(({ parts }) => parts.some((part) => SPLITS.has(part.toLowerCase()))))
  );
}

export function planAffectNet(tree: Tree, events: ReadEvents): Plan {
  const { pictures, ...plan } = planClassFolders(tree, events);
  return {
    ...plan,
    pictures: pictures.flatMap((picture) => {
      const number = NUMBER.test(picture.label) ? Number(picture.label) : -1;
      const label = LABELS[number];
      if (label === undefined) {
        const other = NO_EXPRESSION[number - LABELS.length];
        events.onLeftOut?.(
          picture.source,
          other === undefined ? 'not in a folder named 0 to 10' : `labelled ${other}`,
        );
      }
      return label === undefined ? [] : [{ ...picture, label }];
    }),
  };
}
