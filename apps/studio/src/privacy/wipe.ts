import { removeServiceWorker } from '../service-worker/offline.js';
import { notify } from '../state/notices.js';
import { choices, chosenIds } from '../state/readers.js';
import { closeScene } from '../state/scene.js';
import { words } from '../words/words.js';

/**
 * Stops the camera and forgets everything that was opened: pictures, results, models of the person's own.
 *
 * @param withProgram whether the program's files go too, which the browser keeps for use without a network
 */
export async function wipe(withProgram: boolean): Promise<void> {
  closeScene();
  const bundled = choices.value.filter(({ isOwn }) => !isOwn);
  choices.value = bundled;
  chosenIds.value = bundled.slice(0, 1).map(({ id }) => id);
  if (withProgram) await removeServiceWorker();
  const { privacy } = words.peek();
  notify(withProgram ? privacy.wipedAll : privacy.wiped, 'done');
}
