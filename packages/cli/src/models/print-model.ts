/** A model as text: its properties, its layers with their costs, and the state of its training. */
import type { NetworkSummary } from '@mien/formats/model-file';
import { type TextLayout, toBar, toPrintable } from '@mien/results';
import { bestEpoch } from '@mien/train';
import { toColumns, toCount, toMagnitude, toSize, type TextColumn } from '../terminal/print-columns.js';
import type { InspectedModel } from './inspected-model.js';

const BAR_COLUMNS = 12;
const MAX_METADATA_COLUMNS = 60;
const RANGE_UNKNOWN = 'range unknown';

export function toModelText(model: InspectedModel, terminal: TextLayout): string {
  const sections = [
    toFacts(model, terminal),
    ...(model.network === null ? [] : [toLayers(model.network), toTotals(model.network)]),
    ...(model.outline === null ? [] : [toOperators(model.outline)]),
    ...(model.unreadable === null ? [] : [`${toPrintable(model.unreadable)}\n`]),
    ...(model.training === null ? [] : [toTraining(model.training)]),
  ];
  return sections.join('\n');
}

function toFacts(model: InspectedModel, terminal: TextLayout): string {
  const { path, format, sizeBytes, producer, manifest, network, outline, labels, inputRange, crop } = model;
  const range = inputRange === null ? RANGE_UNKNOWN : `0…255 as ${inputRange.join('…')}`;
  const open = model.isSizeOpen ? ' (the file takes any size; see --input-size)' : '';
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', manifest?.id],
    ['kind', manifest?.kind],
    ['licence', manifest?.licence],
    ['producer', producer ?? undefined],
    ['network', network?.name],
    [
      'input',
      network === null ? shownValues(outline?.inputs) : `${network.inputShape.join('×')}${open}, ${range}`,
    ],
    [
      'outputs',
      network === null
        ? shownValues(outline?.outputs)
        : network.outputs.map(({ name, shape }) => `${name} ${shape.join('×')}`).join(', '),
    ],
    ['numbers', model.outputs ?? undefined],
    ['labels', labels === null ? undefined : labels.join(', ')],
    ['normalised', toNormalizationText(model.normalization)],
    ['note', model.notices.length === 0 ? undefined : model.notices.join('; ')],
    [
      'crop',
      crop
        ? `scale ${crop.scale}, offset ${crop.offsetX},${crop.offsetY}${crop.upright ? ', upright' : ''}`
        : undefined,
    ],
    ['optimiser', toOptimizerText(model.optimizer)],
    ...Object.entries(model.metadata).map(([key, value]) => [key, cut(value)] as const),
  ];
  const known = facts.flatMap(([key, value]) =>
    value === undefined ? [] : [[toPrintable(key), toPrintable(value)] as const],
  );
  const keyColumns = Math.max(...known.map(([key]) => key.length), 0);
  const lines = known.map(([key, value]) => `  ${key.padEnd(keyColumns)}  ${value}`);
  return [`${terminal.style('bold', toPrintable(path))}  ${format}, ${toSize(sizeBytes)}`, ...lines, ''].join(
    '\n',
  );
}

function toNormalizationText(normalization: InspectedModel['normalization']): string | undefined {
  if (normalization === null) return undefined;
  const { detail, exposure, mean, std, channelOrder } = normalization;
  const parts = [
    exposure && `brightness ${exposure.brightness.join('…')}, contrast ${exposure.contrast.join('…')}`,
    detail && `noise at most ${detail.maxNoise}, slope at least ${detail.minSlope}`,
    mean && `mean ${mean.join(', ')}`,
    std && `std ${std.join(', ')}`,
    channelOrder,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

const LAYER_COLUMNS: readonly TextColumn[] = [
  { head: 'layer' },
  { head: 'kind' },
  { head: 'output' },
  { head: 'parameters', align: 'right' },
  { head: 'MACs', align: 'right' },
  { head: 'share of MACs' },
];

function toLayers({ layers, macs }: NetworkSummary): string {
  return toColumns(
    LAYER_COLUMNS,
    layers.map(({ name, kind, settings, outputShape, parameters, macs: own }) => [
      toPrintable(name),
      settings === '' ? kind : `${kind} ${settings}`,
      outputShape.join('×'),
      parameters === 0 ? '' : toCount(parameters),
      own === 0 ? '' : toCount(own),
      own === 0 ? '' : `${((own / macs) * 100).toFixed(1).padStart(5)} %  ${toBar(own / macs, BAR_COLUMNS)}`,
    ]),
  );
}

function toTotals(network: NetworkSummary): string {
  const { layers, parameters, trainableParameters, macs, activationBytes, peakActivationBytes } = network;
  return (
    `${layers.length} layers, ${toCount(parameters)} parameters (${toCount(trainableParameters)} trainable), ` +
    `${toMagnitude(macs)} MACs a picture,\n` +
    `activations ${toSize(activationBytes)} a picture, at most ${toSize(peakActivationBytes)} at once\n`
  );
}

const OPERATOR_COLUMNS: readonly TextColumn[] = [
  { head: 'operator' },
  { head: 'count', align: 'right' },
  { head: "in Mien's engine" },
];

function toOperators({ opset, operators, parameterCount }: NonNullable<InspectedModel['outline']>): string {
  const lacking = operators.filter(({ isKnown }) => !isKnown).map(({ name }) => toPrintable(name));
  const rows = operators.map(({ name, count, isKnown }) => [
    toPrintable(name),
    toCount(count),
    isKnown ? 'yes' : 'no',
  ]);
  return [
    toColumns(OPERATOR_COLUMNS, rows),
    `operator set ${opset}, ${toCount(parameterCount)} stored numbers`,
    ...(lacking.length === 0
      ? []
      : [`Mien's engine lacks ${lacking.join(', ')}: the model runs in onnxruntime-node, if installed`]),
    '',
  ].join('\n');
}

function toTraining({ recipe, progress }: NonNullable<InspectedModel['training']>): string {
  const { epoch, batch, history } = progress;
  const last = history.at(-1);
  const best = bestEpoch(history, recipe.monitor);
  const settings = Object.entries(recipe).map(
    ([key, value]) => `  ${key}  ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return [
    `training state: epoch ${epoch}${batch === 0 ? ' about to start' : `, ${batch} batches done`}`,
    ...(last === undefined || best === undefined
      ? []
      : [
          `  last  epoch ${last.epoch}: loss ${last.loss.toFixed(4)}, val_loss ${last.valLoss.toFixed(4)}, val_accuracy ${last.valAccuracy.toFixed(4)}`,
          `  best  epoch ${best.epoch} by ${recipe.monitor}: val_loss ${best.valLoss.toFixed(4)}, val_accuracy ${best.valAccuracy.toFixed(4)}`,
        ]),
    'recipe',
    ...settings,
    '',
  ].join('\n');
}

function toOptimizerText(optimizer: InspectedModel['optimizer']): string | undefined {
  if (optimizer === null) return undefined;
  const { kind, step, learningRate } = optimizer;
  const rate = learningRate === null ? '' : `, learning rate ${Number(learningRate.toPrecision(4))}`;
  return `${kind}, ${toCount(step)} updates${rate}`;
}

function shownValues(
  values: NonNullable<InspectedModel['outline']>['inputs'] | undefined,
): string | undefined {
  return values?.map(({ name, dims = [] }) => `${name} [${dims.join(', ')}]`).join(', ');
}

function cut(text: string): string {
  return text.length > MAX_METADATA_COLUMNS ? `${text.slice(0, MAX_METADATA_COLUMNS)} …` : text;
}
