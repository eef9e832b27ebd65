import type { LayerSummary, NetworkSummary } from '@mien/formats/model-file';
import { settings } from '../state/settings.js';
import { words } from '../words/words.js';
import { operatorOf, shareOf, toPercent, toShapeText } from './layer-words.js';

/** What is known of one layer. */
export function LayerDetails({ summary, layer }: { summary: NetworkSummary; layer: LayerSummary }) {
  const { network } = words.value;
  const toText = (value: number) => value.toLocaleString(settings.value.language);
  const shapeOf = (name: string) =>
    toShapeText(summary.layers.find((other) => other.name === name)?.outputShape ?? []);
  const rows: readonly (readonly [string, string])[] = [
    ...layer.inputs.map((input) => [network.input, `${shapeOf(input)} (${input})`] as const),
    [network.output, toShapeText(layer.outputShape)],
    [network.parameters, toText(layer.parameters)],
    [network.multiplications, `${toText(layer.macs)} (${toPercent(shareOf(layer, summary))})`],
  ];
  return (
    <>
      <h3>{operatorOf(layer)}</h3>
      <p class="muted">{layer.name}</p>
      <dl>
        {rows.map(([name, value], index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {Object.entries(layer.attributes).map(([name, value]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{toValueText(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function toValueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toValueText).join('×');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${toValueText(inner)}`)
    .join(', ');
}
