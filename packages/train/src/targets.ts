/**
 * What a network is trained towards: for every picture a distribution over the labels, times what the picture counts.
 *
 *   label or soft label → mixed (mixup) → smoothed → scaled by the labels' share beside the teacher's → weighted by class
 *
 * All but the last two steps keep the sum of a row at 1. The loss of a row that sums to w is w times that of its
 * distribution.
 */
import { MienError } from '@mien/core';
import { labelOf, type Dataset, type Rows } from './data/dataset.js';
import { nearest } from './recipe/nearest.js';
import type { Recipe } from './recipe/recipe.js';

/** One-hot, or the data's own distributions where it has some and they are used: `[rows, classes]`, rows sum to 1. */
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

/** Spreads a part of each target evenly over all classes. Ref: Szegedy et al. 2016, "Rethinking the Inception Architecture". */
export function smoothed(targets: Float32Array, smoothing: number, classes: number): Float32Array {
  return targets.map((target) => (1 - smoothing) * target + smoothing / classes);
}

/** Lets every picture count `share`. */
export function scaled(targets: Float32Array, share: number): Float32Array {
  return targets.map((target) => target * share);
}

/**
 * What a picture of each class counts.
 *
 * Balanced: pictures ÷ (classes that have pictures × pictures of the class), so that every class counts as much as any
 * other and a picture counts 1 on average. Ref: King, Zeng 2001, "Logistic Regression in Rare Events Data". `sqrt`
 * takes the square roots of these, again so that a picture counts 1 on average.
 *
 * @param targets `[pictures, classes]` of all the pictures to train on
 * @throws MienError `USAGE` when the recipe weighs a label that the data does not have
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
      `train: classWeights names ${unknown}, which is no label of the data; the nearest one is ${nearest(unknown, labelNames)} (of ${labelNames.join(', ')})`,
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
export function logitOffsets(targets: Float32Array, classes: number, strength: number): number[] {
  const pictures = targets.length / classes;
  // A class without pictures counts as if it had a part of one.
  return Array.from(
    countTargets(targets, classes),
    (count) => strength * Math.log(Math.max(count, 0.1) / pictures),
  );
}

/** Sum of each class' targets. */
function countTargets(targets: Float32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  targets.forEach((target, index) => (counts[index % classes]! += target));
  return counts;
}

/**
 * Multiplies each row by what its picture counts: the mean of the classes' weights by the picture's labels, as Keras'
 * `class_weight` does for a picture of one label.
 *
 * @param labels the rows' labels alone, `[rows, classes]`
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
