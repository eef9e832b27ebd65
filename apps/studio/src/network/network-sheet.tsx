/** The layers of a network: drawn from top to bottom as Netron does, or as a list, with what is known of the selected one. */
import { summarizeNetwork, type NetworkSummary } from '@mien/formats/model-file';
import { useEffect, useState } from 'preact/hooks';
import { Sheet } from '../help/sheet.jsx';
import { shownSheet } from '../help/open-sheet.js';
import { notify } from '../state/notices.js';
import type { Reader } from '../state/readers.js';
import { settings } from '../state/settings.js';
import { words } from '../words/words.js';
import { LayerDetails } from './layer-details.jsx';
import { LayerList } from './layer-list.jsx';
import { NetworkDrawing } from './network-drawing.jsx';
import './network.css';

export function NetworkSheet({ reader }: { reader: Reader }) {
  const { network } = words.value;
  const [summary, setSummary] = useState<NetworkSummary>();
  const [isList, setList] = useState(false);
  const [selected, setSelected] = useState<string>();
  useEffect(() => {
    reader.analyzer.describe().then(
      (graph) => setSummary(summarizeNetwork(graph)),
      (error: unknown) => {
        shownSheet.value = undefined;
        notify(error instanceof Error ? error.message : String(error));
      },
    );
  }, [reader]);
  if (summary === undefined) return null;
  const toText = (value: number) => value.toLocaleString(settings.value.language);
  const layer = summary.layers.find(({ name }) => name === selected);
  return (
    <Sheet title={network.title(reader.choice.name)} isWide>
      <div class="network-bar">
        <span class="muted">
          {network.totals(summary.layers.length, toText(summary.parameters), toText(summary.macs))}
        </span>
        <div class="segmented" role="group" aria-label={network.view}>
          <button type="button" aria-pressed={!isList} onClick={() => setList(false)}>
            {network.drawing}
          </button>
          <button type="button" aria-pressed={isList} onClick={() => setList(true)}>
            {network.list}
          </button>
        </div>
      </div>
      <div class="network-body">
        {isList ? (
          <LayerList summary={summary} selected={selected} onSelect={setSelected} />
        ) : (
          <NetworkDrawing summary={summary} selected={selected} onSelect={setSelected} />
        )}
        <aside class="layer-details" aria-live="polite">
          {layer === undefined ? (
            <p class="muted">{network.choose}</p>
          ) : (
            <LayerDetails summary={summary} layer={layer} />
          )}
        </aside>
      </div>
    </Sheet>
  );
}
