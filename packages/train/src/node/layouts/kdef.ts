/**
 * KDEF: seventy people, seven expressions, five angles, two sessions; whole photographs of 562×762.
 *
 *   AF01ANS.JPG   session A, female 01, ANgry, straight
 *
 * Expressions AF(raid) AN(gry) DI(sgusted) HA(ppy) NE(utral) SA(d) SU(rprised); angles FL, HL (full and half left
 * profile), S(traight), HR, FR. Only straight pictures are used: the detector is for frontal faces, and the profiles that
 * it happens to detect would be a biased selection.
 *
 * Ref: Lundqvist, Flykt, Öhman 1998, "The Karolinska Directed Emotional Faces".
 */
import type { Plan, PlannedPicture, ReadEvents } from './plan.js';
import { isPictureName, type Tree } from './walk-folder.js';

const NAME = /^[AB]([FM]\d\d)(AF|AN|DI|HA|NE|SA|SU)(S|HL|HR|FL|FR)\.(?:jpe?g|png)$/i;

export function isKdefName(name: string): boolean {
  return NAME.test(name);
}

export function planKdef({ files }: Tree, events: ReadEvents): Plan {
  const pictures: PlannedPicture[] = [];
  for (const { path, parts } of files) {
    const name = parts.at(-1) ?? '';
    const source = parts.join('/');
    const [, subject, label, angle] = NAME.exec(name) ?? [];
    if (subject === undefined || label === undefined) {
      if (isPictureName(name)) {
        events.onLeftOut?.(source, 'file name is not of the form AF01ANS.JPG');
      }
    } else if (angle?.toUpperCase() !== 'S') {
      events.onLeftOut?.(source, 'not a frontal view');
    } else {
      pictures.push({ path, source, label, subject: subject.toUpperCase() });
    }
  }
  return { pictures, wholePhotographs: true };
}
