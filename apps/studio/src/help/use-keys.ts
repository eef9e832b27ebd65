/** Keys for everything; the sheet of keys lists them. */
import { useLayoutEffect } from 'preact/hooks';
import { isDark } from '../../../shared/style/theme.js';
import { aimedPosition, seekTo, togglePlay } from '../scene/video-player.jsx';
import { askForFiles } from '../source/file-inputs.jsx';
import { stopCamera, togglePause } from '../source/camera.js';
import { showPicture } from '../source/pictures.js';
import { addMark } from '../state/marks.js';
import { scene, selectedSpan } from '../state/scene.js';
import { change, settings } from '../state/settings.js';
import { positionMs } from '../timeline/position.js';
import { endSpan, startSpan } from '../timeline/select-span.js';
import { isSheetOpen, openSheet } from './open-sheet.js';

export function useKeys(): void {
  // Before the first paint: a key pressed at once must count.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key, ctrlKey, metaKey, altKey } = event;
      if (ctrlKey || metaKey || altKey || isSheetOpen()) return;
      // What is typed belongs to the field, and Space to the button that has the focus.
      if (
        target instanceof HTMLElement &&
        target.closest('input:not([type=checkbox]), select, textarea') !== null
      )
        return;
      if (key === ' ' && target instanceof HTMLElement && target.closest('button, summary, label') !== null)
        return;
      const run = ACTIONS[key.toLowerCase()];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

const ACTIONS: Readonly<Record<string, () => void>> = {
  o: askForFiles,
  c: () => {
    if (scene.peek().kind === 'camera') void stopCamera();
    else openSheet('consent');
  },
  ' ': () => {
    if (scene.peek().kind === 'video') togglePlay();
    else togglePause();
  },
  b: () => {
    const atMs = positionMs();
    if (atMs !== undefined) addMark(atMs);
  },
  escape: () => {
    selectedSpan.value = undefined;
  },
  '[': startSpan,
  ']': endSpan,
  m: () => change({ mirror: !settings.peek().mirror }),
  arrowleft: () => step(-1),
  arrowright: () => step(1),
  t: () => change({ theme: isDark(settings.peek().theme) ? 'light' : 'dark' }),
  '?': () => openSheet('keys'),
};

/** To the picture before or after, or a second back or on. */
function step(by: number): void {
  const now = scene.peek();
  if (now.kind === 'pictures') showPicture(now.index + by);
  else if (now.kind === 'video' || now.kind === 'session')
    seekTo(Math.max(0, Math.min(now.durationMs, aimedPosition() + by * 1000)));
}
