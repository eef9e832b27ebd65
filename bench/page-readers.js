// Runs in the page of page.js: reads the expressions of a camera's frames with one library, and times it.

const MODELS = '/peers/';

/** The page serves them, so their types are not known here. @param {string} address @returns {Promise<any>} */
const load = (address) => import(address);

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/** The boxes of the faces whose expressions it read. @typedef {(canvas: HTMLCanvasElement, timestampMs: number) => Promise<Box[]>} Read */

/** Each library at its best on WebAssembly: only faces and expressions, each frame anew. @type {Record<string, () => Promise<Read>>} */
const LIBRARIES = {
  async mien() {
    const { createAnalyzer } = await load('/packages/web/dist/index.js');
    const analyzer = await createAnalyzer();
    return async (canvas, timestampMs) => {
      const { faces } = await analyzer.analyzeFrame(canvas, timestampMs);
      return faces.map((/** @type {{ box: Box }} */ { box }) => box);
    };
  },
  async human() {
    const { Human } = await load('/peers/human.js');
    const { HUMAN_SETTINGS } = await load('/peers/human-settings.js');
    const human = new Human({
      ...HUMAN_SETTINGS,
      wasmPath: MODELS,
      modelBasePath: MODELS,
      warmup: 'none',
    });
    await human.load();
    return async (canvas) => {
      const { face, error } = await human.detect(canvas);
      if (error) throw new Error(error);
      return face.map((/** @type {{ box: number[] }} */ { box: [x, y, width, height] }) => ({
        x,
        y,
        width,
        height,
      }));
    };
  },
  'face-api, tiny face detector': () =>
    openFaceApi('tinyFaceDetector', (api) => new api.TinyFaceDetectorOptions()),
  'face-api, SSD MobileNet v1': () => openFaceApi('ssdMobilenetv1', (api) => new api.SsdMobilenetv1Options()),
};

/** @param {string} detector @param {(api: any) => object} createOptions @returns {Promise<Read>} */
async function openFaceApi(detector, createOptions) {
  const api = await load('/peers/face-api.js');
  api.tf.setWasmPaths(MODELS);
  await api.tf.setBackend('wasm');
  await api.tf.ready();
  await Promise.all(
    [api.nets[detector], api.nets.faceExpressionNet].map((/** @type {any} */ net) => net.loadFromUri(MODELS)),
  );
  const options = createOptions(api);
  return async (canvas) => {
    const faces = await api.detectAllFaces(canvas, options).withFaceExpressions();
    return faces.map((/** @type {{ detection: { box: Box } }} */ { detection: { box: { x, y, width, height } } }) => ({ x, y, width, height })); // prettier-ignore
  };
}

/** @returns {Promise<HTMLCanvasElement[]>} what a page has of a camera: drawn frames */
async function loadFrames() {
  const { width, height, count } = await (await fetch('/frames.json')).json();
  const rgb = new Uint8Array(await (await fetch('/frames.bin')).arrayBuffer());
  return Array.from({ length: count }, (_, index) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const from = (index * width * height + pixel) * 3;
      image.data.set(rgb.subarray(from, from + 3), pixel * 4);
      image.data[pixel * 4 + 3] = 255;
    }
    context?.putImageData(image, 0, 0);
    return canvas;
  });
}

/**
 * @param {string} name of the library
 * @param {{ warmUpMs: number, measureMs: number }} options
 * @returns {Promise<{ timesMs: number[], found: Box[][] }>} the boxes are those of one frame after the other, each once
 */
globalThis.measureLibrary = async (name, { warmUpMs, measureMs }) => {
  const [frames, read] = await Promise.all([loadFrames(), LIBRARIES[name]?.()]);
  if (read === undefined) throw new Error(`no library is named ${name}`);
  let next = 0;
  const readNext = () =>
    read(/** @type {HTMLCanvasElement} */ (frames[next++ % frames.length]), next * (1000 / 30));
  const found = [];
  while (found.length < frames.length) found.push(await readNext());
  const timesMs = [];
  for (const durationMs of [warmUpMs, measureMs]) {
    timesMs.length = 0;
    for (const end = performance.now() + durationMs; performance.now() < end || timesMs.length < 5;) {
      const startMs = performance.now();
      await readNext();
      timesMs.push(performance.now() - startMs);
    }
  }
  return { timesMs, found };
};
