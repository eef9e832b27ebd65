import { removeServiceWorker } from '../service-worker/offline.js';
import { notices, notify } from '../state/notices.js';
import { forgetOpening } from '../state/opening.js';
import { choices, chosenIds } from '../state/readers.js';
import { forgetRemembered } from '../state/remembered.js';
import { closeScene } from '../state/scene.js';
import { runWipers } from '../state/wipers.js';
import { words } from '../words/words.js';

/**
 * Stops the camera and forgets everything that was opened: pictures, results, models of the person's own, what was taught.
 *
 * @param withProgram whether the program's files go too, which the browser keeps for use without a network
 */
export async function wipe(withProgram: boolean): Promise<void> {
  forgetOpening();
  forgetRemembered();
  closeScene();
  runWipers();
  // They name files.
  notices.value = [];
  // What the studio itself, or its server, offers is not of this visit.
  const offered = choices.value.filter(({ isOwn, checkpoint }) => !isOwn || checkpoint !== undefined);
  choices.value = offered;
  chosenIds.value = offered.slice(0, 1).map(({ id }) => id);
  if (withProgram) await removeServiceWorker();
  const { privacy } = words.peek();
  notify(withProgram ? privacy.wipedAll : privacy.wiped, 'done');
}
