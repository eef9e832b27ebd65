/**
 * What a manifest carries so that probabilities and `unsure` mean something: a temperature, and the lead below which a
 * reading is more often wrong than right. Both are fitted to pictures that the model was not trained on.
 */
import { withTemperature } from '@mien/core';
import { evaluatePredictions } from '../metrics/classification-metrics.js';
import { fitMinMargin } from '../metrics/margin-threshold.js';
import { fitTemperature } from '../metrics/temperature.js';
import { divideByMargin, type ByMargin } from './assess.js';
import { hitsOf, marginsOf, type Readings } from './readings.js';

/** Calibration before and after the logits were divided by a temperature. */
export interface TemperatureEffect {
  readonly temperature: number;
  readonly ece: { readonly raw: number; readonly scaled: number };
  readonly nll: { readonly raw: number; readonly scaled: number };
}

/** With the accuracy of sure and unsure readings at the fitted temperature and threshold. */
export interface FittedCalibration extends TemperatureEffect {
  readonly byMargin: ByMargin;
}

/** A temperature, and the threshold of unsure readings at this temperature. */
export function fitCalibration(
  heldOut: Readings,
  classes: number,
): { readonly temperature: number; readonly minMargin: number } {
  const temperature = fitTemperature(heldOut.probabilities, heldOut.truth, classes);
  const probabilities = withTemperature(heldOut.probabilities, classes, temperature);
  return {
    temperature,
    minMargin: fitMinMargin(marginsOf(probabilities, classes), hitsOf(heldOut, classes)),
  };
}

/** @param heldOut readings of pictures that were neither trained on nor are measured here */
export function calibrate(
  readings: Readings,
  heldOut: Readings,
  labels: readonly string[],
): FittedCalibration {
  const { temperature, minMargin } = fitCalibration(heldOut, labels.length);
  const probabilities = withTemperature(readings.probabilities, labels.length, temperature);
  return {
    ...effectOfTemperature(readings, labels, temperature),
    byMargin: divideByMargin({ ...readings, probabilities }, labels.length, minMargin),
  };
}

export function effectOfTemperature(
  { truth, probabilities }: Readings,
  labels: readonly string[],
  temperature: number,
): TemperatureEffect {
  const raw = evaluatePredictions(probabilities, truth, labels);
  const scaled = evaluatePredictions(
    withTemperature(probabilities, labels.length, temperature),
    truth,
    labels,
  );
  return {
    temperature,
    ece: { raw: raw.ece, scaled: scaled.ece },
    nll: { raw: raw.nll, scaled: scaled.nll },
  };
}
