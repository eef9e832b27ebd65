/** On narrow screens, where the rail is below everything else: what is needed at once, at the lower edge. */
import { openSheet } from '../help/open-sheet.js';
import { askForFiles } from '../source/file-inputs.jsx';
import { isOpening } from '../source/camera.js';
import { scene } from '../state/scene.js';
import { words } from '../words/words.js';
import { CameraButtons } from './camera-buttons.jsx';

export function SourceBar() {
  const { rail, doors } = words.value;
  const now = scene.value;
  if (now.kind === 'empty') return null; // The doors are there.
  return (
    <nav class="source-bar" aria-label={rail.source}>
      {now.kind === 'camera' ? (
        <CameraButtons isPaused={now.isPaused} />
      ) : (
        <button type="button" disabled={isOpening.value} onClick={() => openSheet('consent')}>
          {doors.camera}
        </button>
      )}
      <button type="button" onClick={askForFiles}>
        {rail.openFiles}
      </button>
    </nav>
  );
}
