// The page: a picture goes through `analyze`, a camera's frames through `watch`.
// @ts-check
import { createAnalyzer, drawFaces, openCamera } from '@mien/web';
import { listFaces } from './list-faces.js';

const picture = /** @type {HTMLInputElement} */ (document.getElementById('picture'));
const button = /** @type {HTMLButtonElement} */ (document.getElementById('camera'));
const view = /** @type {HTMLCanvasElement} */ (document.getElementById('view'));
const list = /** @type {HTMLElement} */ (document.getElementById('faces'));
const context = /** @type {CanvasRenderingContext2D} */ (view.getContext('2d'));

const say = (/** @type {string} */ words) => {
  /** @type {HTMLElement} */ (document.getElementById('status')).textContent = words;
};

const analyzer = await createAnalyzer().catch((error) => {
  say(error.message);
  throw error;
});
say('choose a picture or the camera');

/** @param {import('@mien/web').Analysis} result @param {CanvasImageSource} image */
function show(result, image) {
  drawFaces(context, result, { image });
  listFaces(list, result.faces);
}

picture.onchange = async () => {
  const [file] = picture.files ?? [];
  if (file === undefined) return;
  closeCamera();
  try {
    const result = await analyzer.analyze(file);
    const image = await createImageBitmap(file);
    show(result, image);
    image.close();
    say(`${file.name}: ${result.faces.length === 1 ? '1 face' : `${result.faces.length} faces`}`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
};

/** @type {AbortController | undefined} its signal ends the camera and the watching */
let open;

button.onclick = async () => {
  if (open !== undefined) return closeCamera('the camera is off');
  const { signal } = (open = new AbortController());
  const fail = (/** @type {Error} */ error) => closeCamera(error.message);
  button.textContent = 'stop the camera';
  try {
    const { video } = await openCamera({ signal, onLost: fail });
    analyzer.watch(video, (result) => show(result, video), { signal, onError: fail });
    say('the camera is on');
  } catch (error) {
    if (!signal.aborted) fail(/** @type {Error} */ (error));
  }
};

/** @param {string} [reason] */
function closeCamera(reason) {
  open?.abort();
  open = undefined;
  button.textContent = 'the camera';
  if (reason !== undefined) say(reason);
}
