/** The drawing: scrolled as any page, zoomed by the wheel with Ctrl, by pinching, by buttons and by keys. */
import type { LayerSummary, NetworkSummary } from '@mien/formats/model-file';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { words } from '../words/words.js';
import { LAYER_HEIGHT, LAYER_WIDTH, layOutLayers, type NetworkLayout, type Point } from './lay-out-layers.js';
import type { LayerChoice } from './layer-list.jsx';
import { familyOf, operatorOf, shareOf, toShapeText } from './layer-words.js';

const MARGIN = 12;
const ZOOM_STEP = 1.25;
const LEAST_ZOOM = 0.1;
const MOST_ZOOM = 3;
/** As much as fits beside a shape. */
const SETTINGS_LENGTH = 22;

export function NetworkDrawing({ summary, selected, onSelect }: LayerChoice) {
  const { network } = words.value;
  const layout = useMemo(() => layOutLayers(summary.layers), [summary]);
  const { scroller, zoom, zoomBy, zoomTo, fit } = useZoom(layout);
  const names = summary.layers.map(({ name }) => name);
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === '+' || event.key === '=') zoomBy(ZOOM_STEP);
    else if (event.key === '-') zoomBy(1 / ZOOM_STEP);
    else if (event.key === '0') zoomTo(1);
    else if (step !== undefined && selected !== undefined) {
      const next = names[names.indexOf(selected) + step];
      if (next === undefined) return;
      onSelect(next);
      scroller.current?.querySelector<SVGGElement>(`[data-layer="${CSS.escape(next)}"]`)?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div class="network-drawing" onKeyDown={onKey}>
      <div class="zoom">
        <button
          type="button"
          aria-label={network.zoomIn}
          title={network.zoomIn}
          onClick={() => zoomBy(ZOOM_STEP)}
        >
          +
        </button>
        <button
          type="button"
          aria-label={network.zoomOut}
          title={network.zoomOut}
          onClick={() => zoomBy(1 / ZOOM_STEP)}
        >
          −
        </button>
        <button type="button" onClick={fit}>
          {network.fit}
        </button>
        <output>{(zoom * 100).toFixed(0)} %</output>
      </div>
      <div class="network-scroller" ref={scroller} tabIndex={0} role="group" aria-label={network.drawing}>
        <svg
          width={(layout.width + 2 * MARGIN) * zoom}
          height={(layout.height + 2 * MARGIN) * zoom}
          viewBox={`${-MARGIN} ${-MARGIN} ${layout.width + 2 * MARGIN} ${layout.height + 2 * MARGIN}`}
        >
          {layout.wires.map(({ from, to, points }) => (
            <path
              key={`${from} ${to}`}
              class={`wire ${from === selected || to === selected ? 'near' : ''}`}
              d={toPath(points)}
            />
          ))}
          {summary.layers.map((layer, index) => (
            <LayerNode
              key={layer.name}
              layer={layer}
              summary={summary}
              corner={layout.corners.get(layer.name) ?? { x: 0, y: 0 }}
              isSelected={layer.name === selected}
              isStop={layer.name === selected || (selected === undefined && index === 0)}
              onSelect={onSelect}
            />
          ))}
        </svg>
      </div>
    </div>
  );
}

interface NodeProps {
  readonly layer: LayerSummary;
  readonly summary: NetworkSummary;
  readonly corner: Point;
  readonly isSelected: boolean;
  /** Whether Tab stops here: at one of them, and the arrows go on from there. */
  readonly isStop: boolean;
  readonly onSelect: (name: string) => void;
}

function LayerNode({ layer, summary, corner, isSelected, isStop, onSelect }: NodeProps) {
  const share = shareOf(layer, summary);
  const shape = toShapeText(layer.outputShape);
  const select = () => onSelect(layer.name);
  return (
    <g
      class={`layer family-${familyOf(layer)} ${isSelected ? 'selected' : ''}`}
      transform={`translate(${corner.x} ${corner.y})`}
      data-layer={layer.name}
      role="button"
      tabIndex={isStop ? 0 : -1}
      aria-pressed={isSelected}
      onClick={select}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        select();
      }}
    >
      <rect class="plate" width={LAYER_WIDTH} height={LAYER_HEIGHT} rx={8} />
      <path class="stripe" d={`M8 0 A8 8 0 0 0 0 8 V${LAYER_HEIGHT - 8} A8 8 0 0 0 8 ${LAYER_HEIGHT} Z`} />
      <text class="operator" x={16} y={20}>
        {operatorOf(layer)}
      </text>
      <text x={16} y={38}>
        {shorten(layer.settings)}
      </text>
      <text x={LAYER_WIDTH - 10} y={38} text-anchor="end">
        {shape}
      </text>
      {share > 0 && (
        <rect class="share" x={8} y={LAYER_HEIGHT - 4} height={4} width={(LAYER_WIDTH - 16) * share} rx={2} />
      )}
    </g>
  );
}

function shorten(text: string): string {
  return text.length <= SETTINGS_LENGTH ? text : `${text.slice(0, SETTINGS_LENGTH - 1)}…`;
}

/** A curve that leaves and enters every row straight down. */
function toPath([first, ...others]: readonly Point[]): string {
  let before = first ?? { x: 0, y: 0 };
  let path = `M${before.x} ${before.y}`;
  for (const point of others) {
    const middle = (before.y + point.y) / 2;
    path += `C${before.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`;
    before = point;
  }
  return path;
}

function useZoom({ width }: NetworkLayout) {
  const scroller = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  const current = useRef(1);
  /** @param at the point of the window that stays where it is; default: the middle of what is shown */
  const zoomTo = (wanted: number, at?: { readonly clientX: number; readonly clientY: number }): void => {
    const element = scroller.current;
    const next = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, wanted));
    const factor = next / current.current;
    if (element === null || factor === 1) return;
    const { left, top } = element.getBoundingClientRect();
    const x = at === undefined ? element.clientWidth / 2 : at.clientX - left;
    const y = at === undefined ? element.clientHeight / 2 : at.clientY - top;
    const target = [(element.scrollLeft + x) * factor - x, (element.scrollTop + y) * factor - y] as const;
    current.current = next;
    setZoom(next);
    requestAnimationFrame(() => element.scrollTo(...target));
  };
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    element.scrollLeft = (element.scrollWidth - element.clientWidth) / 2;
    // Not passive, so that the page is not zoomed instead; a pinch comes as a wheel with Ctrl.
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(current.current * Math.exp(-event.deltaY / 300), event);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);
  const fit = (): void => {
    const element = scroller.current;
    if (element !== null) zoomTo(Math.min(1, element.clientWidth / (width + 2 * MARGIN)));
  };
  return { scroller, zoom, zoomTo, zoomBy: (factor: number) => zoomTo(current.current * factor), fit };
}
