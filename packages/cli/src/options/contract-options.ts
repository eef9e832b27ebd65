import { CHANNEL_ORDERS, INPUT_LAYOUTS, OUTPUT_KINDS } from '@mien/core';
import { InvalidArgumentError, Option, type Command } from 'commander';

const MAX_LABELS = 1000;

/** Help text for every command that takes a model. */
export const CONTRACT_HELP = `
Model files from other tools do not say what their outputs mean. Use --labels and --input-range, or put
{"labels": […], "input": {"range": [-1, 1]}} in FILE.json beside the file. The networks of the paper's code are
recognised: checkpoints named as its authors name theirs (fer2013_mini_XCEPTION.….hdf5) need neither, of others labels
and range are assumed, and it is said. Networks that end without a softmax (logits, log-softmax) get one; a sigmoid for
each label is divided by their sum, and it is said. ImageNet's means: --input-range 0,1 --input-mean 0.485,0.456,0.406
--input-std 0.229,0.224,0.225, or "mean" and "std" beside "range".`;

/** Options for every command that takes a model. Their values are the `ModelSettings` of @mien/formats/model-file. */
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
    )
    .addOption(
      new Option(
        '--input-mean <numbers>',
        'subtracted from each channel after the range: 0.485,0.456,0.406',
      ).argParser(parseNumbersOption),
    )
    .addOption(
      new Option('--input-std <numbers>', 'divides each channel after that: 0.229,0.224,0.225').argParser(
        parseNumbersOption,
      ),
    )
    .addOption(
      new Option(
        '--channel-order <order>',
        "which colour the model's first channel is (default: RGB)",
      ).choices(CHANNEL_ORDERS),
    )
    .addOption(
      new Option(
        '--input-layout <layout>',
        'axes of the input of an ONNX or TFLite file (default: as it tells)',
      ).choices(INPUT_LAYOUTS),
    )
    .addOption(
      new Option('--outputs <kind>', "what the model's outputs are (default: as recognised)").choices(
        OUTPUT_KINDS,
      ),
    );
}

const MAX_CHANNELS = 3;

function parseNumbersOption(text: string): readonly number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!numbers.every(Number.isFinite) || numbers.length > MAX_CHANNELS) {
    throw new InvalidArgumentError('It must be one number for each channel, joined by commas.');
  }
  return numbers;
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
