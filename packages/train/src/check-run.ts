/** Checks before a run that its parts fit together. */
import { MienError } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import { deepEqual } from './deep-equal.js';
import type { TrainOptions } from './train-options.js';
import type { Checkpoint } from './training-state.js';

/** @throws MienError `USAGE` */
export function checkFit({ graph, recipe, teachers = [] }: TrainOptions, labels: readonly string[]): void {
  const outputs = describeGraph(graph).outputShape;
  if (outputs.length !== 1 || outputs[0] !== labels.length) {
    throw new MienError(
      'USAGE',
      `train: the network ${graph.name} has ${outputs.join('×')} outputs and the data ${labels.length} labels (${labels.join(', ')}); choose a network or data that fits`,
    );
  }
  const wanted = recipe.distillation?.teacher ?? [];
  if (wanted.length > 0 && wanted.length !== teachers.length) {
    throw new MienError('USAGE', `train: the recipe learns from ${wanted.join(', ')}; give ${wanted.length === 1 ? 'this model' : 'these models'} as teachers, got ${teachers.length}`); // prettier-ignore
  }
}

/** Identifies data and teachers in a checkpoint. */
export type Identity = Pick<Checkpoint['training'], 'datasetSha256' | 'teacherSha256'>;

/**
 * Checks that a run can continue from a checkpoint. The number of epochs may differ: see {@link TrainOptions.resume}.
 *
 * @throws MienError `USAGE`
 */
export function checkSameRun(
  { graph, training }: Checkpoint,
  options: TrainOptions,
  identity: Identity,
): void {
  const { epochs } = options.recipe;
  const done = training.progress.history.length;
  if (epochs < done) {
    throw new MienError(
      'USAGE',
      `train: the run has ${done} epochs already, more than ${epochs}; resume with more epochs`,
    );
  }
  const differences: readonly (readonly [what: string, isSame: boolean])[] = [
    ['other data (pictures, labels or votes)', training.datasetSha256 === identity.datasetSha256],
    ['another network', deepEqual(graph, options.graph)],
    ['another recipe', deepEqual({ ...training.recipe, epochs }, options.recipe)],
    ['other teachers', training.teacherSha256 === identity.teacherSha256],
  ];
  const [different] = differences.filter(([, isSame]) => !isSame);
  if (different !== undefined) {
    throw new MienError(
      'USAGE',
      `train: the checkpoint belongs to a run with ${different[0]}; resume with what it was started with`,
    );
  }
}
