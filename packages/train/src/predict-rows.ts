import type { Predictor } from '@mien/core';
import type { BatchInputs } from './data/batch-inputs.js';
import type { Rows } from './data/dataset.js';
import type { OnProgress } from './progress.js';
import { yieldToEventLoop } from './yield-to-event-loop.js';

/**
 * Predicts rows of a dataset, undistorted, a batch at a time; other tasks of the process get their turn in between.
 *
 * @param onProgress told of rows after each batch
 * @returns `[rows, classes]`
 */
export async function predictRows(
  predictor: Predictor,
  data: BatchInputs,
  rows: Rows,
  batchSize: number,
  onProgress?: OnProgress,
): Promise<Float32Array> {
  let probabilities = new Float32Array(0);
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.subarray(start, start + batchSize);
    const outputs = predictor.predict(data.plain(batch), batch.length);
    if (start === 0) probabilities = new Float32Array(rows.length * (outputs.length / batch.length));
    probabilities.set(outputs, start * (outputs.length / batch.length));
    onProgress?.({ done: start + batch.length, total: rows.length });
    await yieldToEventLoop();
  }
  return probabilities;
}
