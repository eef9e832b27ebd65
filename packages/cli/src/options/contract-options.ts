import { InvalidArgumentError, Option, type Command } from 'commander';

const MAX_LABELS = 1000;

/** For the help of every command that takes a model. */
export const CONTRACT_HELP = `
A Keras, ONNX or TFLite file that mien did not write does not say what its outputs mean: give --labels and --input-range, or put
{"labels": […], "input": {"range": [-1, 1]}} into FILE.json beside it. Checkpoints of the paper's own code
(fer2013_mini_XCEPTION.….hdf5) are known and need neither.`;

/** Options of every command that takes a model; their values are a {@link ModelContract}. */
export function addContractOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--labels <names>',
        "what the model's outputs mean, in their order: angry,happy,…",
      ).argParser(parseLabelsOption),
    )
    .addOption(
      new Option('--input-range <low,high>', 'what grey 0 and 255 become at its input: -1,1').argParser(
        parseRangeOption,
      ),
    );
}

function parseLabelsOption(text: string): readonly string[] {
  const labels = text.split(',').map((label) => label.trim());
  if (labels.includes('') || new Set(labels).size !== labels.length || labels.length > MAX_LABELS) {
    throw new InvalidArgumentError('It must be names that differ, joined by commas.');
  }
  return labels;
}

function parseRangeOption(text: string): readonly [number, number] {
  const parts = text.split(',');
  const [low = NaN, high = NaN] = parts.map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (parts.length !== 2 || !Number.isFinite(low) || !Number.isFinite(high) || low === high) {
    throw new InvalidArgumentError('It must be two different numbers joined by a comma, such as -1,1.');
  }
  return [low, high];
}
