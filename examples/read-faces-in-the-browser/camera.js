// A camera from opening to release: every frame is handed on, and whatever ends it is said in one line.
// @ts-check

/** What is said where a camera cannot be opened, by the name of the browser's error. */
const REASONS = /** @type {Record<string, string>} */ ({
  NotAllowedError: 'the camera is not allowed for this page: allow it beside the address, then try again',
  NotFoundError: 'no camera was found: plug one in, then try again',
  NotReadableError: 'the camera cannot be read: another program may be using it',
  OverconstrainedError: 'the camera has no picture of this size',
});

/**
 * @param {HTMLVideoElement} video plays the camera's picture
 * @param {(timestampMs: number) => void} onFrame `video` shows another frame, at this time of the page's clock
 * @param {(reason: string) => void} onEnd the camera was taken away, or a frame could not be handled; it is released
 * @returns {Promise<() => void>} releases the camera
 * @throws Error with a message for people, when there is no camera to be had
 */
export async function openCamera(video, onFrame, onEnd) {
  // Pages that are not served by https or from this machine have no cameras at all.
  if (navigator.mediaDevices === undefined) throw new Error('cameras need a page that is served by https');
  const size = { width: { ideal: 640 }, height: { ideal: 480 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: size }).catch((error) => {
    throw new Error(REASONS[error.name] ?? `the camera could not be opened (${error.message})`);
  });

  let isOpen = true;
  const release = () => {
    isOpen = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const end = (/** @type {string} */ reason) => {
    if (!isOpen) return;
    release();
    onEnd(reason);
  };
  // Unplugged, or permission withdrawn.
  for (const track of stream.getTracks()) track.onended = () => end('the camera was taken away');

  const next = (/** @type {number} */ timestampMs) => {
    if (!isOpen) return;
    try {
      onFrame(timestampMs);
      video.requestVideoFrameCallback(next);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error));
    }
  };
  video.srcObject = stream;
  video.requestVideoFrameCallback(next);
  await video.play().catch((error) => {
    release();
    throw new Error(`the camera's picture cannot be played (${error.message})`);
  });
  if (!isOpen) throw new Error('the camera was taken away');
  return release;
}
