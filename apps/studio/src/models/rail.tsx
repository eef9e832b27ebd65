/** The rail at the left: where pictures come from, what reads them, and what happens to them. */
import { openSheet } from '../help/open-sheet.js';
import { Privacy } from '../privacy/privacy.jsx';
import { cameras, deviceId, isOpening, startCamera } from '../source/camera.js';
import { cameraRecording } from '../source/camera-recording.js';
import { SendButton } from '../send/send-button.jsx';
import { RecordControl } from '../source/record-control.jsx';
import { askForFiles, askForFolder } from '../source/file-inputs.jsx';
import { CameraButtons } from '../scene/camera-buttons.jsx';
import { scene } from '../state/scene.js';
import { change, DETECTORS, settings, type DetectorId } from '../state/settings.js';
import { words } from '../words/words.js';
import { ModelList } from './model-list.jsx';

export function Rail() {
  const { rail, detectorHints } = words.value;
  const { isRailFolded, detector, mode } = settings.value;
  const fold = isRailFolded ? rail.unfold : rail.fold;
  return (
    <aside class="rail" aria-label={rail.source}>
      <button
        type="button"
        class="icon fold"
        aria-expanded={!isRailFolded}
        aria-label={fold}
        title={fold}
        onClick={() => change({ isRailFolded: !isRailFolded })}
      >
        {isRailFolded ? '»' : '«'}
      </button>
      {!isRailFolded && (
        <>
          {(mode === 'read' || scene.value.kind === 'camera') && (
            <section class="source">
              <h2>{rail.source}</h2>
              <SourceControls />
              <SendButton />
            </section>
          )}
          <section>
            <h2>{rail.models}</h2>
            <ModelList />
            {mode === 'read' && (
              <button type="button" onClick={() => change({ mode: 'teach' })}>
                {rail.teach}
              </button>
            )}
          </section>
          <section>
            <h2>{rail.detector}</h2>
            <select
              aria-label={rail.detector}
              value={detector}
              onChange={({ currentTarget }) => change({ detector: currentTarget.value as DetectorId })}
            >
              {DETECTORS.map((id) => (
                <option key={id} value={id}>
                  {rail.detectors[id]}
                </option>
              ))}
            </select>
            <p class="muted hint">{detectorHints[detector]}</p>
          </section>
          <Privacy />
        </>
      )}
    </aside>
  );
}

/** In Teach, pictures are opened beside the labels that they belong to: only a camera that runs is controlled here. */
function SourceControls() {
  const { rail } = words.value;
  const now = scene.value;
  const { mirror, mode } = settings.value;
  return (
    <>
      {now.kind === 'camera' ? (
        <div class="buttons">
          <CameraButtons isPaused={now.isPaused} />
        </div>
      ) : (
        <button type="button" class="main" disabled={isOpening.value} onClick={() => openSheet('consent')}>
          {rail.startCamera}
        </button>
      )}
      {now.kind === 'camera' && (
        <>
          <label class="field">
            <span>{rail.device}</span>
            <select
              // Another camera would take its place.
              disabled={cameraRecording.value !== undefined}
              value={deviceId.value ?? ''}
              onChange={({ currentTarget }) => {
                void startCamera(currentTarget.value).finally(() => {
                  // Where the person stays with the one that runs.
                  currentTarget.value = deviceId.peek() ?? '';
                });
              }}
            >
              {cameras.value.map((one, index) => (
                <option key={one.deviceId} value={one.deviceId}>
                  {one.label === '' ? `${rail.device} ${index + 1}` : one.label}
                </option>
              ))}
            </select>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={mirror}
              onChange={({ currentTarget }) => change({ mirror: currentTarget.checked })}
            />
            {rail.mirror}
          </label>
          {(mode === 'read' || cameraRecording.value?.isRunning === true) && (
            <RecordControl stream={now.camera.stream} />
          )}
        </>
      )}
      {mode === 'read' && (
        <>
          <button type="button" onClick={askForFiles}>
            {rail.openFiles}
          </button>
          <button type="button" onClick={askForFolder}>
            {rail.openFolder}
          </button>
        </>
      )}
    </>
  );
}
