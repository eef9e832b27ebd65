/** Offers to send what is open, where a service serves the window. What is sent is said first: `send-sheet.tsx`. */
import { openSheet } from '../help/open-sheet.js';
import { words } from '../words/words.js';
import { filesToSend, service } from './service.js';

export function SendButton() {
  if (service === undefined || filesToSend.value.length === 0) return null;
  return (
    <button type="button" onClick={() => openSheet('send')}>
      {words.value.rail.send}
    </button>
  );
}
