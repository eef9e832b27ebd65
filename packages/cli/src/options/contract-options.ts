import { InvalidArgumentError, Option, type Command } from 'commander';

const MAX_LABELS = 1000;

/** Help text for every command that takes a model. */
export const CONTRACT_HELP = `
Keras, ONNX and TFLite files from other tools do not say what their outputs mean. Use --labels and --input-range, or put
{"labels": […], "input": {"range": [-1, 1]}} in FILE.json beside the file. Checkpoints of the paper's code
(fer2013_mini_XCEPTION.….hdf5) are recognised and need neither.`;

/** Options for every command that takes a model. Their values form a {@link ModelContract}. */
export function addContractOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--labels <names>', "labels of the model's outputs, in order: angry,happy,…").argParser(
        parseLabelsOption,
      ),
    )
    .addOption(
      new Option('--input-range <low,high>', 'model input for grey 0 and 255: -1,1').argParser(
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
