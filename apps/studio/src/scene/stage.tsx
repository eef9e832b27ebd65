/** The middle: what is read, with its faces marked, or three doors where nothing is open yet. */
import { ExportMenu } from '../export/export-menu.jsx';
import { JobBar } from '../export/job-bar.jsx';
import { isMuted } from '../source/camera.js';
import { RecordingSign } from '../source/record-control.jsx';
import { liveRate, mainId, mainResult, picture, scene } from '../state/scene.js';
import { words } from '../words/words.js';
import { Doors } from './doors.jsx';
import { Timeline } from '../timeline/timeline.jsx';
import { Gallery } from './gallery.jsx';
import { Views } from './views.jsx';

export function Stage() {
  const now = scene.value;
  if (now.kind === 'empty') {
    return (
      <main class="stage">
        <Doors />
      </main>
    );
  }
  return (
    <main class="stage">
      <StageBar />
      <JobBar />
      <Views />
      {now.kind === 'pictures' && now.pictures.length > 1 && (
        <Gallery pictures={now.pictures} index={now.index} />
      )}
      <Timeline />
    </main>
  );
}

/** What is open, how fast it is read, and saving. */
function StageBar() {
  const { camera, face, gallery, session } = words.value;
  const now = scene.value;
  const faces = mainResult.value?.faces.length;
  const rate = liveRate.value;
  const isOfCamera = now.kind === 'session' && now.isOfCamera === true;
  const name = now.kind === 'video' || now.kind === 'session' ? now.name : picture.value?.name;
  const title = isOfCamera ? session.ofCamera : name;
  const left =
    now.kind === 'pictures' ? now.pictures.filter((one) => !one.results.has(mainId.value)).length : 0;
  return (
    <div class="stage-bar">
      {now.kind === 'camera' && (
        <span class={`live ${now.isPaused || isMuted.value ? 'paused' : ''}`}>
          {isMuted.value ? camera.asleep : now.isPaused ? camera.paused : camera.live}
        </span>
      )}
      <RecordingSign />
      {title !== undefined && <b class="name">{title}</b>}
      <span class="muted">{faces === undefined ? '' : face.count(faces)}</span>
      {rate !== undefined && (
        <span class="muted figures" data-testid="rate">
          <span>{rate.framesPerSecond.toFixed(0).padStart(3, '\u2007')}</span> {camera.rate}
          {' · '}
          <span>{rate.latencyMs.toFixed(0).padStart(4, '\u2007')}</span> {camera.latency}
        </span>
      )}
      {left > 0 && now.kind === 'pictures' && now.pictures.length > 1 && (
        <span class="muted">{gallery.reading(now.pictures.length - left, now.pictures.length)}</span>
      )}
      <ExportMenu />
    </div>
  );
}
