// The page: a picture goes through analyzeImage, a camera's frames one after the other through analyzeFrame.
// @ts-check
import { createAnalyzers } from './analyzers.js';
import { openCamera } from './camera.js';
import { drawBoxes, listFaces } from './draw-faces.js';

/** Larger pictures are shrunk to this side: a canvas has limits. */
const MAX_SIDE = 2000;

const picture = /** @type {HTMLInputElement} */ (document.getElementById('picture'));
const button = /** @type {HTMLButtonElement} */ (document.getElementById('camera'));
const video = /** @type {HTMLVideoElement} */ (document.getElementById('video'));
const view = /** @type {HTMLCanvasElement} */ (document.getElementById('view'));
const list = /** @type {HTMLElement} */ (document.getElementById('faces'));
const context = /** @type {CanvasRenderingContext2D} */ (view.getContext('2d', { willReadFrequently: true }));

const say = (/** @type {string} */ words) => {
  /** @type {HTMLElement} */ (document.getElementById('status')).textContent = words;
};

const { forPictures, forCamera } = await createAnalyzers().catch((error) => {
  say(error.message);
  throw error;
});
say('choose a picture or the camera');

/** Draws a picture, and reads it back as a frame: upright RGBA bytes. @param {CanvasImageSource} source @param {number} width @param {number} height */
function toFrame(source, width, height) {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  view.width = Math.round(width * scale);
  view.height = Math.round(height * scale);
  context.fillStyle = 'white'; // Under what is transparent.
  context.fillRect(0, 0, view.width, view.height);
  context.drawImage(source, 0, 0, view.width, view.height);
  const { data } = context.getImageData(0, 0, view.width, view.height);
  return { width: view.width, height: view.height, channels: /** @type {const} */ (4), data };
}

/** @param {import('@mien/core').Analysis} analysis */
function show({ faces }) {
  drawBoxes(context, faces);
  listFaces(list, faces);
}

picture.onchange = async () => {
  const [file] = picture.files ?? [];
  if (file === undefined) return;
  closeCamera();
  const bitmap = await createImageBitmap(file).catch(() => undefined); // Upright, as EXIF says.
  if (bitmap === undefined) return say(`${file.name} is no picture that this browser can read`);
  const analysis = forPictures.analyzeImage(toFrame(bitmap, bitmap.width, bitmap.height));
  bitmap.close();
  show(analysis);
  say(`${file.name}: ${analysis.faces.length === 1 ? '1 face' : `${analysis.faces.length} faces`}`);
};

/** @type {(() => void) | undefined} */
let release;

button.onclick = async () => {
  if (release !== undefined) return closeCamera('the camera is off');
  button.disabled = picture.disabled = true; // While the browser asks.
  try {
    forCamera.reset(); // Ids begin at 1 again.
    release = await openCamera(video, readCamera, closeCamera);
    button.textContent = 'stop the camera';
    say('the camera is on');
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  } finally {
    button.disabled = picture.disabled = false;
  }
};

/** @param {number} timestampMs */
function readCamera(timestampMs) {
  show(forCamera.analyzeFrame(toFrame(video, video.videoWidth, video.videoHeight), timestampMs));
}

/** @param {string} [reason] */
function closeCamera(reason) {
  release?.();
  release = undefined;
  button.textContent = 'the camera';
  if (reason !== undefined) say(reason);
}
