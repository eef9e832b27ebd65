/** The times that were marked, with their notes. */
import { toTickLabel } from '@mien/results';
import { seekTo } from '../scene/video-player.jsx';
import { marks, noteMark, removeMark } from '../state/marks.js';
import { words } from '../words/words.js';

export function MarkList() {
  const { timeline } = words.value;
  if (marks.value.length === 0) return null;
  return (
    <ul class="marks" aria-label={timeline.marks}>
      {marks.value.map(({ atMs, note }) => (
        <li key={atMs} data-testid="mark">
          <button type="button" class="quiet" onClick={() => seekTo(atMs)}>
            ⚑ {toTickLabel(Math.round(atMs / 100) * 100)}
          </button>
          <input
            value={note}
            aria-label={timeline.note}
            placeholder={timeline.note}
            maxLength={200}
            autocomplete="off"
            onInput={({ currentTarget }) => noteMark(atMs, currentTarget.value)}
          />
          <button
            type="button"
            class="icon"
            aria-label={timeline.removeMark}
            title={timeline.removeMark}
            onClick={() => removeMark(atMs)}
          >
            ✕
          </button>
        </li>
      ))}
    </ul>
  );
}
