/** The model to start from. */
import { loadModel, type Model } from '@mien/core';
import { readModelFile } from '@mien/formats/model-file';
import * as miniXception from '@mien/model-mini-xception';
import type { BaseModel } from './messages.js';

export async function loadBase(base: BaseModel): Promise<Model> {
  if (base === 'bundled') {
    const [manifest, weights] = await Promise.all([
      fetch(miniXception.manifestUrl).then((response) => response.json() as Promise<unknown>),
      fetch(miniXception.weightsUrl).then((response) => response.arrayBuffer()),
    ]);
    return loadModel({ manifest, weights: new Uint8Array(weights), source: 'mini-xception' });
  }
  const { name, bytes, manifest, labels, inputRange } = base;
  const contract = { ...(labels && { labels }), ...(inputRange && { inputRange }) };
  return readModelFile({ path: name, bytes, manifest, contract });
}
