// Loads the models once, and puts them together for pictures and for a camera.
// @ts-check
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';

/** Where this server has the models; yours may have them anywhere. */
const MODELS = '/models';

/** @param {string} name of a model's folder */
async function fetchModel(name) {
  const load = async (/** @type {string} */ file) => {
    const response = await fetch(`${MODELS}/${name}/${file}`);
    if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
    return response;
  };
  const manifest = await (await load('manifest.json')).json();
  const weights = new Uint8Array(await (await load(manifest.weights.file)).arrayBuffer());
  return { manifest, weights, source: name };
}

/** Pictures are searched for small faces, too; a camera's frames quickly, for those in front of it. */
export async function createAnalyzers() {
  const [expressions, faces] = await Promise.all([
    fetchModel('mini-xception'),
    fetchModel('blazeface-short-range'),
  ]);
  const model = await loadModel(expressions);
  const create = async (/** @type {'picture' | 'camera'} */ mode) =>
    createAnalyzer({ model, detector: await createBlazeFaceDetector({ model: faces, mode }) });
  return { forPictures: await create('picture'), forCamera: await create('camera') };
}
