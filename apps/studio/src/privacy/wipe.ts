import { notify } from '../state/notices.js';
import { choices, chosenIds } from '../state/readers.js';
import { closeScene } from '../state/scene.js';
import { runWipers } from '../state/wipers.js';
import { words } from '../words/words.js';

/** Stops the camera and forgets everything that was opened: pictures, results, models of the person's own, what was taught. */
export function wipe(): void {
  closeScene();
  runWipers();
  const bundled = choices.value.filter(({ isOwn }) => !isOwn);
  choices.value = bundled;
  chosenIds.value = bundled.slice(0, 1).map(({ id }) => id);
  notify(words.peek().privacy.wiped, 'done');
}
