import { createPredictor, type Classifier } from '@mien/core';
import { createBatchInputs } from '../data/batch-inputs.js';
import { labelOf, type Dataset, type Rows } from '../data/dataset.js';
import type { Predictions } from '../evaluate-model.js';
import { positionsOfLabels } from '../order-labels.js';
import { predictRows } from '../predict-rows.js';
import type { OnProgress } from '../progress.js';
import { transformRows, type PictureTransform } from './transform-rows.js';
import { transformsOf, type View } from './views.js';

/** Reads rows of a dataset with one model. */
export interface ViewReader {
  /**
   * @param change what is done to each picture before it is viewed
   * @returns mean probabilities over the versions of the view
   */
  read(rows: Rows, view: View, change?: PictureTransform, onProgress?: OnProgress): Promise<Predictions>;
}

/** Several times what a network computes at once. */
const BATCH = 64;

/** @throws MienError `USAGE` when the model does not know a label of the data */
export async function createViewReader(model: Classifier, dataset: Dataset): Promise<ViewReader> {
  const { labels, manifest } = model;
  const { height, width, channels, range } = manifest.input;
  const contract = { inputShape: [height, width, channels], inputRange: range };
  const toModelLabel = positionsOfLabels(dataset.labelNames, labels, `evaluate: model ${manifest.id}`);
  const predictor = await createPredictor(model);
  return {
    async read(rows, view, change = (picture) => picture, onProgress) {
      const versions = transformsOf(view);
      const mean = new Float32Array(rows.length * labels.length);
      for (const [index, transform] of versions.entries()) {
        const changed = transformRows(dataset, rows, (picture, row) => transform(change(picture, row)));
        const inputs = await createBatchInputs(changed, contract, BATCH);
        const all = Uint32Array.from(rows, (_, row) => row);
        const total = rows.length * versions.length;
        const probabilities = await predictRows(predictor, inputs, all, BATCH, ({ done }) =>
          onProgress?.({ done: index * rows.length + done, total }),
        );
        for (let i = 0; i < mean.length; i++) mean[i] = mean[i]! + probabilities[i]! / versions.length;
      }
      const truth = Array.from(rows, (row) => toModelLabel[labelOf(dataset, row)] ?? -1);
      return { rows, truth, probabilities: mean };
    },
  };
}
