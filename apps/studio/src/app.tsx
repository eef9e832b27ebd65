/** The layout: a bar at the top, and three panes below it. */
import { nextTheme } from '../../shared/style/theme.js';
import { FacePanel } from './face/face-panel.jsx';
import { openSheet } from './help/open-sheet.js';
import { Sheets } from './help/sheets.jsx';
import { useKeys } from './help/use-keys.js';
import { Notices } from './privacy/notices.jsx';
import { Rail } from './models/rail.jsx';
import { SourceBar } from './scene/source-bar.jsx';
import { Stage } from './scene/stage.jsx';
import { FileInputs } from './source/file-inputs.jsx';
import { useDroppedFiles } from './source/use-dropped-files.js';
import { scene } from './state/scene.js';
import { change, settings } from './state/settings.js';
import { TeachMode } from './teach-mode.jsx';
import { LANGUAGES, words } from './words/words.js';

export function App() {
  useKeys();
  const isDropping = useDroppedFiles();
  const { isRailFolded, mode } = settings.value;
  return (
    <div class={`app ${isRailFolded ? 'folded' : ''} ${scene.value.kind} ${mode}`}>
      <Bar />
      <Rail />
      {mode === 'teach' ? (
        <TeachMode />
      ) : (
        <>
          <Stage />
          <FacePanel />
          <SourceBar />
        </>
      )}
      <Notices />
      <Sheets />
      <FileInputs />
      {isDropping && <div class="drop">{words.value.doors.drop}</div>}
    </div>
  );
}

function Bar() {
  const { title, settings: names } = words.value;
  const { theme, language } = settings.value;
  return (
    <header class="bar">
      <h1>
        <img src="./icon.svg" alt="" width="28" height="28" /> {title}
      </h1>
      <nav>
        <button type="button" class="quiet" onClick={() => openSheet('about')}>
          {names.about}
        </button>
        <select
          aria-label={names.language}
          value={language}
          onChange={({ currentTarget }) => change({ language: currentTarget.value as typeof language })}
        >
          {Object.entries(LANGUAGES).map(([id, { language: name }]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="icon"
          aria-label={`${names.theme}: ${theme}`}
          title={names.theme}
          onClick={() => change({ theme: nextTheme(theme) })}
        >
          {{ system: '◐', light: '☀', dark: '☾' }[theme]}
        </button>
        <button
          type="button"
          class="icon"
          aria-label={names.help}
          title={names.help}
          onClick={() => openSheet('keys')}
        >
          ?
        </button>
      </nav>
    </header>
  );
}
