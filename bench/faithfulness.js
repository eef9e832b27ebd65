// Do explanations point at what a reading hangs on? node bench/faithfulness.js FER2013.csv[.gz] [MODEL_ID] [FACES]
//
// The deletion test of packages/train/src/evaluation/faithfulness.ts for every method, at every layer whose map can be
// shown. Methods and layers are compared on held-out pictures of Training, on which to choose one; what `createExplainer`
// takes by default, and occlusion, are then measured on PublicTest. Writes models/<id>/results/faithfulness.json, whose
// figures stand in docs/EVALUATION.md and in the studio.
// @ts-check
import { writeFileSync } from 'node:fs';
import { ACTIVATION_METHODS, createExplainer, explainableLayers, loadModel } from '@mien/core';
import { chooseRows, measureFaithfulness, rowsOfSplit, sampleRows } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { readModel } from './read-model.js';

const [path, id = 'mini-xception', faces = '500'] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node bench/faithfulness.js FER2013.csv[.gz] [MODEL_ID] [FACES]');
  process.exit(2);
}
const dataset = await readFer2013(path);
const model = await loadModel(readModel(id));
const { validationRows } = chooseRows(dataset, { heldOut: 0.1 });
const heldOut = sampleRows(dataset, validationRows, Number(faces));
const publicTest = sampleRows(dataset, rowsOfSplit(dataset, 'PublicTest'), Number(faces));

/**
 * @param {import('@mien/train').Rows} rows
 * @param {import('@mien/core').ExplainerOptions} options
 */
async function measure(rows, options) {
  const explainer = await createExplainer(model, options);
  const measured = await measureFaithfulness({ model, dataset, rows, explainer });
  const { method, layer = '', hottest, random, otherFace, more, share } = measured;
  console.log(
    `${method.padEnd(10)} ${layer.padEnd(24)} hottest ${hottest.mean.toFixed(3)}  random ${random.mean.toFixed(3)}  ` +
      `another face's ${otherFace.mean.toFixed(3)}  more by ${more.mean.toFixed(3)}  in ${(100 * share).toFixed(0)} % of the faces`,
  );
  return measured;
}

console.log(`${id}, held-out pictures of Training: fall of the probability of the read expression`);
const compared = [];
for (const { layer } of explainableLayers(model.graph)) {
  for (const method of ACTIVATION_METHODS) compared.push(await measure(heldOut, { method, layer }));
}
compared.push(await measure(heldOut, { method: 'occlusion' }));

console.log('PublicTest');
const results = {
  conditions: { model: id, faces: Number(faces), heldOut: 0.1, fill: "the picture's mean, hard edges" },
  heldOut: compared,
  publicTest: {
    chosen: await measure(publicTest, {}),
    occlusion: await measure(publicTest, { method: 'occlusion' }),
  },
};
writeFileSync(
  new URL(`../models/${id}/results/faithfulness.json`, import.meta.url),
  `${JSON.stringify(results, null, 2)}\n`,
);
