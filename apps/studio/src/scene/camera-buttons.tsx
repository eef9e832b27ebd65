import { stopCamera, togglePause } from '../source/camera.js';
import { words } from '../words/words.js';

/** Stops or pauses the camera that runs. */
export function CameraButtons({ isPaused }: { readonly isPaused: boolean }) {
  const { rail } = words.value;
  return (
    <>
      <button type="button" class="main" onClick={() => void stopCamera()}>
        {rail.stop}
      </button>
      <button type="button" onClick={togglePause}>
        {isPaused ? rail.resume : rail.pause}
      </button>
    </>
  );
}
