/** What saved files are called: after what is open, as `mien analyze` names results after their source. */
import { scene, type Scene } from '../state/scene.js';

/** @param ending with its dot, or `-annotated.png` and the like */
export function fileName(ending: string): string {
  return nameOfScene(scene.peek(), new Date()) + ending;
}

/**
 * @param now of a camera, which has no name
 * @returns without an ending
 */
export function nameOfScene(open: Scene, now: Date): string {
  switch (open.kind) {
    case 'pictures': {
      const [first, ...others] = open.pictures;
      return `${stemOf(first?.name ?? 'pictures')}${others.length > 0 ? `-and-${others.length}-more` : ''}`;
    }
    case 'video':
      return open.readBy === undefined ? stemOf(open.name) : nameOfCamera(now);
    case 'session':
      return open.isOfCamera === true ? nameOfCamera(now) : stemOf(open.name);
    case 'camera':
      return nameOfCamera(now);
    case 'empty':
      return 'mien';
    default:
      return open satisfies never;
  }
}

export function stemOf(name: string): string {
  return name.replace(/(?<=.)[.][^.]+$/, '');
}

/** By the clock of the place, in characters that every system has in names. */
function nameOfCamera(now: Date): string {
  const parts = [
    now.getFullYear(),
    now.getMonth() + 1,
    now.getDate(),
    now.getHours(),
    now.getMinutes(),
    now.getSeconds(),
  ];
  const [year, month, day, ...time] = parts.map((part) => String(part).padStart(2, '0'));
  return `camera-${year}-${month}-${day}-${time.join('')}`;
}
