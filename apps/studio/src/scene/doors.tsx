import { openSheet } from '../help/open-sheet.js';
import { askForFiles } from '../source/file-inputs.jsx';
import { openExample } from '../source/pictures.js';
import { change } from '../state/settings.js';
import { words } from '../words/words.js';

/** What can be done where nothing is open. */
export function Doors() {
  const { doors, tagline } = words.value;
  return (
    <div class="doors">
      <h2>{doors.question}</h2>
      <p class="muted">{tagline}</p>
      <div class="door-row">
        <Door name={doors.camera} hint={doors.cameraHint} icon={CAMERA} onOpen={() => openSheet('consent')} />
        <Door name={doors.files} hint={doors.filesHint} icon={PICTURES} onOpen={askForFiles} />
        <Door name={doors.example} hint={doors.exampleHint} icon={FACE} onOpen={() => void openExample()} />
      </div>
      <p class="teach-door">
        <button type="button" class="quiet" onClick={() => change({ mode: 'teach' })}>
          {doors.teach}
        </button>
      </p>
    </div>
  );
}

const CAMERA =
  'M4 8h10a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2zM16 12.5l6-3.5v10l-6-3.5';
const PICTURES = 'M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 6M15.5 9.5h.01';
const FACE = 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 10h.01M15.5 10h.01M8 14.5c2 2.5 6 2.5 8 0';

function Door({
  name,
  hint,
  icon,
  onOpen,
}: {
  name: string;
  hint: string;
  icon: string;
  onOpen: () => void;
}) {
  return (
    <button type="button" class="door" onClick={onOpen}>
      <svg viewBox="0 0 24 24" width="44" height="44" aria-hidden="true">
        <path d={icon} />
      </svg>
      <b>{name}</b>
      <span class="muted">{hint}</span>
    </button>
  );
}
