/**
 * Training targets: a label distribution for each picture, times the weight of the picture.
 *
 *   label or soft label → mixup → label smoothing → scaling beside a teacher → class weights
 *
 * All but the last two steps keep the sum of a row at 1. The loss of a row that sums to w is w times that of its
 * distribution.
 */
import { MienError } from '@mien/core';
import { labelOf, type Dataset, type Rows } from './data/dataset.js';
import { nearest } from './recipe/nearest.js';
import type { Recipe } from './recipe/recipe.js';

/** One-hot labels, or soft labels where the data has them and the recipe uses them: `[rows, classes]`, rows sum to 1. */
export function labelTargets(dataset: Dataset, rows: Rows, { softLabels }: Recipe): Float32Array {
  const classes = dataset.labelNames.length;
  const targets = new Float32Array(rows.length * classes);
  rows.forEach((row, index) => {
    if (softLabels === 'use' && dataset.softLabels !== undefined) {
      targets.set(dataset.softLabels.subarray(row * classes, (row + 1) * classes), index * classes);
    } else {
      targets[index * classes + labelOf(dataset, row)] = 1;
    }
  });
  return targets;
}

/** Label smoothing. Ref: Szegedy et al. 2016, "Rethinking the Inception Architecture". */
export function smoothed(targets: Float32Array, smoothing: number, classes: number): Float32Array {
  return targets.map((target) => (1 - smoothing) * target + smoothing / classes);
}

/** Multiplies all targets. */
export function scaled(targets: Float32Array, factor: number): Float32Array {
  return targets.map((target) => target * factor);
}

/**
 * The weight of the pictures of each class.
 *
 * `balanced`: pictures ÷ (classes with pictures × pictures of the class), so that all classes have the same total weight
 * and the mean weight of a picture is 1. Ref: King, Zeng 2001, "Logistic Regression in Rare Events Data". `sqrt`: the
 * square roots of these, normalised to a mean of 1.
 *
 * @param targets `[pictures, classes]` of all the pictures to train on
 * @throws MienError `USAGE` when the recipe has a weight for a label that the data does not have
 */
export function classWeights(
  targets: Float32Array,
  labelNames: readonly string[],
  { classWeights: wanted }: Recipe,
): Float64Array {
  const classes = labelNames.length;
  if (wanted === 'none') return new Float64Array(classes).fill(1);
  if (wanted === 'balanced' || wanted === 'sqrt') {
    const counts = countTargets(targets, classes);
    const pictures = targets.length / classes;
    const present = counts.filter((count) => count > 0).length;
    const balanced = counts.map((count) => (count > 0 ? pictures / (present * count) : 1));
    if (wanted === 'balanced') return balanced;
    const roots = balanced.map(Math.sqrt);
    const mean = roots.reduce((sum, root, index) => sum + root * counts[index]!, 0) / pictures;
    return roots.map((root) => root / mean);
  }
  const unknown = Object.keys(wanted).find((label) => !labelNames.includes(label));
  if (unknown !== undefined) {
    throw new MienError(
      'USAGE',
      `train: classWeights names ${unknown}, which is not a label of the data; the nearest one is ${nearest(unknown, labelNames)} (of ${labelNames.join(', ')})`,
    );
  }
  return Float64Array.from(labelNames, (label) => wanted[label] ?? 1);
}

/**
 * What logit adjustment adds to the logits in training: `strength` times the logarithm of each class' share.
 *
 * Ref: Menon et al. 2021, "Long-tail learning via logit adjustment", equation 10.
 *
 * @param targets `[pictures, classes]` of all the pictures to train on, rows sum to 1
 */
export function logPriors(targets: Float32Array, classes: number, strength: number): number[] {
  const pictures = targets.length / classes;
  // A class without pictures counts as 0.1 pictures.
  return Array.from(
    countTargets(targets, classes),
    (count) => strength * Math.log(Math.max(count, 0.1) / pictures),
  );
}

/** Sum of the targets of each class. */
function countTargets(targets: Float32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  targets.forEach((target, index) => (counts[index % classes]! += target));
  return counts;
}

/**
 * Multiplies each row by the class weights averaged over the picture's label distribution; for one-hot labels this is
 * Keras' `class_weight`.
 *
 * @param labels the label distributions, `[rows, classes]`
 */
export function weighted(targets: Float32Array, labels: Float32Array, weights: Float64Array): Float32Array {
  const classes = weights.length;
  const result = new Float32Array(targets.length);
  for (let start = 0; start < targets.length; start += classes) {
    let weight = 0;
    for (let i = 0; i < classes; i++) weight += labels[start + i]! * weights[i]!;
    for (let i = 0; i < classes; i++) result[start + i] = targets[start + i]! * weight;
  }
  return result;
}
