import type { NetworkSummary } from '@mien/formats/model-file';
import { settings } from '../state/settings.js';
import { words } from '../words/words.js';
import { familyOf, operatorOf, shareOf, toPercent, toShapeText } from './layer-words.js';

export interface LayerChoice {
  readonly summary: NetworkSummary;
  /** Name of a layer. */
  readonly selected: string | undefined;
  readonly onSelect: (name: string) => void;
}

/** The layers in their order, for everyone who does not want the drawing. */
export function LayerList({ summary, selected, onSelect }: LayerChoice) {
  const { network } = words.value;
  return (
    <div class="layer-list">
      <table>
        <thead>
          <tr>
            <th scope="col">{network.layer}</th>
            <th scope="col">{network.settings}</th>
            <th scope="col">{network.output}</th>
            <th scope="col" class="number">
              {network.parameters}
            </th>
            <th scope="col" class="number">
              {network.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {summary.layers.map((layer) => (
            <tr key={layer.name} class={layer.name === selected ? 'selected' : ''}>
              <th scope="row">
                <button
                  type="button"
                  class={`quiet family-${familyOf(layer)}`}
                  aria-pressed={layer.name === selected}
                  onClick={() => onSelect(layer.name)}
                >
                  <b>{operatorOf(layer)}</b> <span class="muted">{layer.name}</span>
                </button>
              </th>
              <td>{layer.settings}</td>
              <td>{toShapeText(layer.outputShape)}</td>
              <td class="number">{layer.parameters.toLocaleString(settings.value.language)}</td>
              <td class="number">{toPercent(shareOf(layer, summary))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
