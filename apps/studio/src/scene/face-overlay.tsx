/** The faces of a result, drawn over their picture: boxes in the colour of the expression, and labels beside them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Analysis, Face } from '@mien/core';
import { matchFace } from '../state/disagreement.js';
import { shownExpression } from '../state/shown-expression.js';
import { keyOf, labels, mainResult, selectedKey, selectedOf } from '../state/scene.js';
import { hiddenKeys, nameOf } from '../state/people.js';
import { expressionName, words } from '../words/words.js';
import { placeLabels } from './place-labels.js';

/** In pixels of the screen. */
const TEXT_PX = 14;
const LABEL_HEIGHT_PX = 24;
const PADDING_PX = 8;
const GAP_PX = 4;
const STROKE_PX = 2;

export function FaceOverlay({ result, isMirrored }: { result: Analysis; isMirrored: boolean }) {
  const svg = useRef<SVGSVGElement>(null);
  const unit = usePicturePixel(svg, result.width, result.height);
  const main = mainResult.value;
  const selected = selectedOf(main)?.face;
  const shown = result.faces.map((face, index) =>
    toShown(face, index, { result, isMirrored, main, selected }),
  );
  const places = placeLabels(
    shown.map(({ box }) => box),
    shown.map(({ text }) => ({ width: measure(text) * unit, height: LABEL_HEIGHT_PX * unit })),
    result,
    GAP_PX * unit,
  );
  return (
    <svg ref={svg} class="overlay" viewBox={`0 0 ${result.width} ${result.height}`}>
      {shown.map((one, index) => (
        <FaceMark key={one.name} {...one} place={places[index] ?? { x: 0, y: 0 }} unit={unit} />
      ))}
    </svg>
  );
}

interface ShownFace {
  readonly name: number;
  readonly box: Face['box'];
  readonly text: string;
  readonly colour: string;
  readonly isSelected: boolean;
  readonly isUnsure: boolean;
  readonly differs: boolean;
  readonly isHidden: boolean;
}

interface Surroundings {
  readonly result: Analysis;
  readonly isMirrored: boolean;
  readonly main: Analysis | undefined;
  readonly selected: Face | undefined;
}

function toShown(face: Face, index: number, { result, isMirrored, main, selected }: Surroundings): ShownFace {
  const { box, probabilities } = face.smoothed === undefined ? face : { ...face, ...face.smoothed };
  const expression = shownExpression(face);
  const key = keyOf(face, index);
  const percent = ((probabilities[expression] ?? 0) * 100).toFixed(1);
  const match = result === main ? face : matchFace(face, main);
  return {
    name: key,
    box: isMirrored ? { ...box, x: result.width - box.x - box.width } : box,
    text: hiddenKeys.value.has(key)
      ? nameOf(key)
      : `${nameOf(key)} ${expressionName(expression)} ${percent} %${face.unsure ? ' ?' : ''}`,
    colour: `var(--series-${Math.max(0, labels.value.indexOf(expression)) + 1})`,
    isSelected: match !== undefined && match === selected,
    isUnsure: face.unsure,
    isHidden: hiddenKeys.value.has(key),
    differs: result !== main && match !== undefined && shownExpression(match) !== expression,
  };
}

function FaceMark({
  name,
  box,
  text,
  colour,
  isSelected,
  isUnsure,
  differs,
  isHidden,
  place,
  unit,
}: ShownFace & { place: { x: number; y: number }; unit: number }) {
  const select = () => {
    selectedKey.value = name;
  };
  const stroke = STROKE_PX * unit * (isSelected ? 2 : 1);
  const classes = ['mark', isSelected && 'selected', isUnsure && 'unsure', differs && 'differs'];
  return (
    <g
      class={classes.filter(Boolean).join(' ')}
      style={{ '--mark': colour }}
      role="button"
      tabIndex={0}
      aria-label={`${words.value.face.face(nameOf(name))}: ${text}`}
      aria-pressed={isSelected}
      onClick={select}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        select();
      }}
    >
      {isHidden && <rect class="cover" {...grow(box)} rx={8 * unit} />}
      <rect class="halo" {...box} rx={4 * unit} stroke-width={stroke + 2 * unit} />
      <rect
        class="box"
        {...box}
        rx={4 * unit}
        stroke-width={stroke}
        stroke-dasharray={isUnsure ? `${6 * unit} ${4 * unit}` : undefined}
      />
      <rect
        class="label"
        x={place.x}
        y={place.y}
        width={measure(text) * unit}
        height={LABEL_HEIGHT_PX * unit}
        rx={5 * unit}
      />
      <rect
        class="swatch"
        x={place.x}
        y={place.y}
        width={5 * unit}
        height={LABEL_HEIGHT_PX * unit}
        rx={2.5 * unit}
      />
      <text
        x={place.x + (PADDING_PX + 2) * unit}
        y={place.y + LABEL_HEIGHT_PX * 0.7 * unit}
        font-size={TEXT_PX * unit}
      >
        {text}
      </text>
    </g>
  );
}

/** The whole head, of which the box is the face. */
function grow({ x, y, width, height }: Face['box']): Face['box'] {
  return { x: x - width * 0.25, y: y - height * 0.45, width: width * 1.5, height: height * 1.75 };
}

let context: CanvasRenderingContext2D | null | undefined;

/** Width of a label in pixels of the screen. */
function measure(text: string): number {
  context ??= createTextContext();
  if (context === null) return text.length * TEXT_PX * 0.6 + 2 * PADDING_PX;
  return Math.ceil(context.measureText(text).width) + 2 * PADDING_PX + 2;
}

/** Once, because asking for the font makes the browser compute all styles, which takes a millisecond for each face. */
function createTextContext(): CanvasRenderingContext2D | null {
  const created = document.createElement('canvas').getContext('2d');
  if (created !== null) created.font = `600 ${TEXT_PX}px ${getComputedStyle(document.body).fontFamily}`;
  return created;
}

/** How many pixels of the picture one pixel of the screen is: labels keep their size whatever the picture's. */
function usePicturePixel(svg: { current: SVGSVGElement | null }, width: number, height: number): number {
  const [unit, setUnit] = useState(1);
  useEffect(() => {
    const element = svg.current;
    if (element === null) return undefined;
    const update = () => {
      const { clientWidth, clientHeight } = element;
      if (clientWidth > 0 && clientHeight > 0) setUnit(Math.max(width / clientWidth, height / clientHeight));
    };
    update();
    const observer = new ResizeObserver(update);
    observer.observe(element);
    return () => observer.disconnect();
  }, [width, height]);
  return unit;
}
