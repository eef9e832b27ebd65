/** The model to start from. */
import { loadModel, type Model } from '@mien/core';
import { readModelFile } from '@mien/formats/model-file';
import * as miniXception from '@mien/model-mini-xception';
import * as nano from '@mien/model-nano';
import type { BaseModel, BundledBase } from './messages.js';

const BUNDLED: Readonly<Record<BundledBase, typeof nano>> = { nano, 'mini-xception': miniXception };

export async function loadBase(base: BaseModel): Promise<Model> {
  if (typeof base === 'string') {
    const { manifestUrl, weightsUrl } = BUNDLED[base];
    const [manifest, weights] = await Promise.all([
      fetch(manifestUrl).then((response) => response.json() as Promise<unknown>),
      fetch(weightsUrl).then((response) => response.arrayBuffer()),
    ]);
    return loadModel({ manifest, weights: new Uint8Array(weights), source: base });
  }
  const { name, bytes, manifest, labels, inputRange } = base;
  const contract = { ...(labels && { labels }), ...(inputRange && { inputRange }) };
  return readModelFile({ path: name, bytes, manifest, contract });
}
