/** What of a model goes into a file of another format. */
import { MienError, parseManifest } from '@mien/core';
import type { ExportableModel, ImportedModel, WeightType } from '@mien/formats';
import { detectFormat, type ModelContract, type ModelFormat } from '@mien/formats/model-file';
import type { LocatedModel } from '@mien/node/models';

/** Groups of formats that store a training state in the same way. */
const TRAINING_FORMATS: readonly (readonly ModelFormat[])[] = [['.hdf5', '.h5', '.keras'], ['.safetensors']];
const TRAINING_LEFT_OUT =
  'the training state, which is kept only in float32, from Keras to Keras files and from safetensors to safetensors';
const EXPOSURE_NOTE =
  'dark, bright and flat pictures are brought into the range of input.exposure only where Mien reads the file';
const DETAIL_NOTE =
  'noisy pictures are smoothed and soft ones sharpened, as input.detail says, only where Mien reads the file';
/** Key in a checkpoint's metadata: the state that `mien train` resumes from, together with its tensors. */
const TRAINING = 'training';

/** The model for the target format, what that format cannot store, and what became part of the weights instead. */
export async function toExportable(
  { path, bytes, manifest }: LocatedModel,
  { graph, weights, metadata, optimizer, furtherTensors }: ImportedModel,
  { labels, inputRange, normalization, outputs, crop }: ModelContract,
  { target, dtype }: { readonly target: ModelFormat; readonly dtype: WeightType },
): Promise<{
  readonly model: ExportableModel;
  readonly leftOut: readonly string[];
  readonly changes: readonly string[];
}> {
  const source = detectFormat(bytes, path) ?? '.safetensors';
  // The licence stays with the weights.
  const parsed = manifest === undefined ? undefined : parseManifest(manifest, path);
  const licence = parsed?.licence;
  const { [TRAINING]: training, ...texts } = metadata;
  const hasTraining = optimizer !== undefined || training !== undefined;
  const keepsTraining =
    hasTraining &&
    dtype === 'F32' &&
    TRAINING_FORMATS.some((same) => same.includes(target) && same.includes(source));
  const temperature = parsed?.kind === 'classifier' ? (parsed.calibration?.temperature ?? 1) : 1;
  const calibrated = await calibrate({ graph, weights }, temperature, keepsTraining);
  return {
    model: {
      graph,
      weights: calibrated.weights,
      ...(labels && { labels }),
      ...(inputRange && { inputRange }),
      ...(normalization && { normalization }),
      ...(outputs && { outputs }),
      ...(crop && { crop }),
      metadata: {
        ...texts,
        ...(licence !== undefined && { licence }),
        ...(keepsTraining && training !== undefined && { [TRAINING]: training }),
      },
      ...(keepsTraining && optimizer && { optimizer }),
      ...(keepsTraining && furtherTensors && { furtherTensors }),
    },
    leftOut: [...calibrated.leftOut, ...(hasTraining && !keepsTraining ? [TRAINING_LEFT_OUT] : [])],
    changes: [
      ...calibrated.changes,
      ...(normalization?.exposure ? [EXPOSURE_NOTE] : []),
      ...(normalization?.detail ? [DETAIL_NOTE] : []),
    ],
  };
}

/** No format has a place for a temperature, so it goes into the last layer: everyone's reader then gives its probabilities. */
async function calibrate(
  { graph, weights }: Pick<ExportableModel, 'graph' | 'weights'>,
  temperature: number,
  keepsTraining: boolean,
): Promise<Pick<ExportableModel, 'weights'> & { leftOut: string[]; changes: string[] }> {
  if (temperature === 1) return { weights, leftOut: [], changes: [] };
  const stated = `the temperature of its manifest, ${temperature.toFixed(3)}`;
  const uncalibrated = {
    weights,
    leftOut: [`${stated}: probabilities are those without it`],
    changes: [],
  };
  // Training goes on from the weights as they were.
  if (keepsTraining) return uncalibrated;
  const { foldTemperature } = await import('@mien/train');
  try {
    const folded = foldTemperature(graph, weights, temperature);
    return { weights: folded, leftOut: [], changes: [`${stated}, is part of the last layer's weights`] };
  } catch (error) {
    if (error instanceof MienError && error.code === 'UNSUPPORTED') return uncalibrated;
    throw error;
  }
}
