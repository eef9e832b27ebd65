/**
 * JAFFE: ten women, seven expressions each, whole photographs of 256×256.
 *
 *   KA.AN1.39.tiff   person KA, AN(ger), first picture, number 39
 *
 * Ref: Lyons, Akamatsu, Kamachi, Gyoba 1998, "Coding Facial Expressions with Gabor Wavelets".
 */
import type { Plan, PlannedPicture, ReadEvents } from './plan.js';
import { isPictureName, type Tree } from './walk-folder.js';

const NAME = /^([A-Z]{2})\.(AN|DI|FE|HA|NE|SA|SU)\d+\.\d+\.(?:tiff?|png|jpe?g)$/i;

export function isJaffeName(name: string): boolean {
  return NAME.test(name);
}

export function planJaffe({ files }: Tree, events: ReadEvents): Plan {
  const pictures: PlannedPicture[] = [];
  for (const { path, parts } of files) {
    const name = parts.at(-1) ?? '';
    const source = parts.join('/');
    const [, subject, label] = NAME.exec(name) ?? [];
    if (subject !== undefined && label !== undefined) {
      pictures.push({ path, source, label, subject: subject.toUpperCase() });
    } else if (isPictureName(name)) {
      events.onLeftOut?.(source, 'file name is not of the form KA.AN1.39.tiff');
    }
  }
  return { pictures, wholePhotographs: true };
}
