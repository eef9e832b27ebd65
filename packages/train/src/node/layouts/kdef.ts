/**
 * KDEF: seventy people, seven expressions, five angles, two sessions; whole photographs of 562×762.
 *
 *   AF01ANS.JPG   session A, female 01, ANgry, straight
 *
 * Expressions AF(raid) AN(gry) DI(sgusted) HA(ppy) NE(utral) SA(d) SU(rprised); angles FL, HL (full and half left
 * profile), S(traight), HR, FR. Only straight pictures are taken: the detector finds faces from the front, and what it
 * found of profiles would be a choice of its own.
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
        events.onLeftOut?.(source, 'is not named as KDEF names its pictures (AF01ANS.JPG)');
      }
    } else if (angle?.toUpperCase() !== 'S') {
      events.onLeftOut?.(source, 'is not seen from the front');
    } else {
      pictures.push({ path, source, label, subject: subject.toUpperCase() });
    }
  }
  return { pictures, wholePhotographs: true };
}
