import { teachWords } from '../words/words.js';
import { recordedId, startRecording, stopRecording } from './gather-camera.js';

/** Records for as long as it is held, by pointer or by key. */
export function RecordButton({ labelId, title }: { labelId: number; title: string }) {
  const { labels } = teachWords.value;
  const isRecording = recordedId.value === labelId;
  // The button that was used before loses the focus to this one while it is pressed.
  const end = (): void => {
    if (recordedId.peek() === labelId) stopRecording();
  };
  const isKey = ({ key }: KeyboardEvent): boolean => key === ' ' || key === 'Enter';
  return (
    <button
      type="button"
      class={`record ${isRecording ? 'recording' : ''}`}
      aria-label={`${labels.record}: ${title}`}
      aria-pressed={isRecording}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        startRecording(labelId);
      }}
      onLostPointerCapture={end}
      onKeyDown={(event) => {
        if (!isKey(event)) return;
        event.preventDefault();
        if (!event.repeat) startRecording(labelId);
      }}
      onKeyUp={(event) => {
        if (isKey(event)) end();
      }}
      onBlur={end}
      onContextMenu={(event) => event.preventDefault()}
    >
      <span class="dot" aria-hidden="true" />
      {isRecording ? labels.recording : labels.record}
    </button>
  );
}
