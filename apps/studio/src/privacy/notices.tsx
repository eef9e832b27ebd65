import { dismiss, notices } from '../state/notices.js';
import { words } from '../words/words.js';

/** Messages in a corner; they stay until they are dismissed. */
export function Notices() {
  const { problems } = words.value;
  return (
    <div class="notices" role="status">
      {notices.value.map(({ id, text, kind }) => (
        <div key={id} class={`notice ${kind}`}>
          <p>{text}</p>
          <button type="button" class="icon" aria-label={problems.dismiss} onClick={() => dismiss(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
