import { videoJob } from '../state/video-job.js';
import { toClock } from '../words/quantities.js';
import { words } from '../words/words.js';

/** How far the video is written, how long it will take, and the way out. */
export function JobBar() {
  const job = videoJob.value;
  if (job === undefined) return null;
  const { video } = words.value;
  const { part, leftMs, cancel } = job;
  return (
    <div class="job">
      <span>{video.writing}</span>
      <progress value={part} max={1} aria-label={video.writing} />
      <span class="job-left muted">
        {(part * 100).toFixed(0)} %{leftMs !== undefined && ` · ${video.left(toClock(leftMs))}`}
      </span>
      <button type="button" onClick={cancel}>
        {video.cancel}
      </button>
    </div>
  );
}
