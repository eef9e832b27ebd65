/** On narrow screens, where the rail is below everything else: what is needed at once, at the lower edge. */
import { openSheet } from '../help/open-sheet.js';
import { askForFiles } from '../source/file-inputs.jsx';
import { isOpening, stopCamera, togglePause } from '../source/camera.js';
import { scene } from '../state/scene.js';
import { words } from '../words/words.js';

export function SourceBar() {
  const { rail, doors } = words.value;
  const now = scene.value;
  if (now.kind === 'empty') return null; // The doors are there.
  return (
    <nav class="source-bar" aria-label={rail.source}>
      {now.kind === 'camera' ? (
        <>
          <button type="button" class="main" onClick={stopCamera}>
            {rail.stop}
          </button>
          <button type="button" onClick={togglePause}>
            {now.isPaused ? rail.resume : rail.pause}
          </button>
        </>
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
