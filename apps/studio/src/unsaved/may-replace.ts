/** Asks before the scene is replaced while something in it is not saved. */
import { openSheet, shownSheet } from '../help/open-sheet.js';
import { unsaved } from './unsaved.js';

let answer: ((mayGoOn: boolean) => void) | undefined;

/**
 * To be called when everything is ready to be shown, so that nobody is asked for a file that cannot be opened.
 *
 * @param opening what wants the place of the scene; there is no question any more once it aborts
 * @returns whether it may have it: at once where nothing would be lost
 */
export async function mayReplace(opening: AbortSignal): Promise<boolean> {
  if (opening.aborted) return false;
  if (unsaved.peek().length === 0) return true;
  answerReplacing(false);
  return new Promise((resolve) => {
    const withdraw = (): void => answerReplacing(false);
    answer = (mayGoOn) => {
      opening.removeEventListener('abort', withdraw);
      resolve(mayGoOn);
    };
    opening.addEventListener('abort', withdraw);
    openSheet('unsaved');
  });
}

/** Ends the question; does nothing where none is asked. */
export function answerReplacing(mayGoOn: boolean): void {
  const reply = answer;
  if (reply === undefined) return;
  answer = undefined;
  if (shownSheet.peek() === 'unsaved') shownSheet.value = undefined;
  reply(mayGoOn);
}
