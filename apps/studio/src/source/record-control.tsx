/** Beside the camera: whether its video is recorded too, and how large that is. */
import { words } from '../words/words.js';
import { notify } from '../state/notices.js';
import { cameraRecording, startRecording, stopRecording } from './camera-recording.js';
import { toClock, toMegabytes } from '../words/quantities.js';

export function RecordControl({ stream }: { stream: MediaStream }) {
  const { record } = words.value;
  const now = cameraRecording.value;
  const isRunning = now?.isRunning === true;
  const toggle = (): void => {
    if (isRunning) void stopRecording();
    else {
      try {
        startRecording(stream);
      } catch (error) {
        notify(record.failed(error instanceof Error ? error.message : String(error)));
      }
    }
  };
  return (
    <div class="record">
      <label class="check">
        <input type="checkbox" checked={isRunning} onChange={toggle} />
        {now !== undefined && !isRunning ? record.again : record.video}
      </label>
      <p class="muted hint">
        {now === undefined
          ? record.hint
          : isRunning
            ? record.running
            : record.kept(toClock(now.durationMs), toMegabytes(now.sizeBytes))}
      </p>
    </div>
  );
}

/** In the bar above the scene: red, because everyone in view should know. */
export function RecordingSign() {
  const now = cameraRecording.value;
  if (now?.isRunning !== true) return null;
  const { record } = words.value;
  return (
    <span class="recording" data-testid="recording">
      {record.sign} <span class="figures">{toClock(now.durationMs)}</span>
      {' · '}
      <span class="figures">{toMegabytes(now.sizeBytes)}</span>
    </span>
  );
}
