/**
 * Sheets over the window: the keys, what this is not, what is said before the camera starts and before
 * something unsaved is replaced, and a network's layers.
 */
import { NetworkSheetDoor } from '../network/open-network.jsx';
import { SendSheetDoor } from '../send/send-sheet-door.jsx';
import { startCamera } from '../source/camera.js';
import { UnsavedSheet } from '../unsaved/unsaved-sheet.jsx';
import { words } from '../words/words.js';
import { Sheet } from './sheet.jsx';
import { shownSheet } from './open-sheet.js';

export function Sheets() {
  const { keys, about, camera } = words.value;
  switch (shownSheet.value) {
    case 'keys':
      return (
        <Sheet title={keys.title}>
          <dl class="keys">
            {keys.list.map(([key, meaning]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </Sheet>
      );
    case 'about':
      return (
        <Sheet title={about.title}>
          {about.paragraphs.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Sheet>
      );
    case 'consent':
      return (
        <Sheet title={camera.title} close={camera.cancel} action={[camera.start, () => void startCamera()]}>
          {camera.notice.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Sheet>
      );
    case 'network':
      return <NetworkSheetDoor />;
    case 'send':
      return <SendSheetDoor />;
    case 'unsaved':
      return <UnsavedSheet />;
    case undefined:
      return null;
    default:
      return shownSheet.value satisfies never;
  }
}
