/** The faces of a result, drawn over their picture: boxes in the colour of the expression, and labels beside them. */
import type { Analysis, Box } from '@mien/core';
import { useEffect, useRef, useState } from 'preact/hooks';
import { hiddenKeys, nameOf } from '../state/people.js';
import { selectedKey } from '../state/scene.js';
import { positionMs } from '../timeline/position.js';
import { words } from '../words/words.js';
import { layOutMarks, TEXT_SIZE, TEXT_WEIGHT, type LaidOutMark } from './marks.js';
import { marksOf, veilsOf } from './marks-of.js';

export function FaceOverlay({ result, isMirrored }: { result: Analysis; isMirrored: boolean }) {
  const svg = useRef<SVGSVGElement>(null);
  const unit = usePicturePixel(svg, result.width, result.height);
  const marks = marksOf(result).map((mark) => ({ ...mark, box: mirror(mark.box, result, isMirrored) }));
  return (
    <svg ref={svg} class="overlay" viewBox={`0 0 ${result.width} ${result.height}`}>
      {layOutMarks(marks, result, unit, measure).map((one) => (
        <FaceMark key={one.mark.key} {...one} />
      ))}
    </svg>
  );
}

interface VeilsProps {
  readonly result: Analysis | undefined;
  readonly modelId: string;
  /** Its size. */
  readonly picture: { readonly width: number; readonly height: number };
  readonly isMirrored: boolean;
}

/** Blurs hidden faces in whatever lies below. */
export function Veils({ result, modelId, picture, isMirrored }: VeilsProps) {
  const { width, height } = picture;
  // Most scenes have none, and need not be looked at with every frame that is played.
  if (hiddenKeys.value.size === 0) return null;
  const veils = veilsOf(result, modelId, positionMs() ?? 0);
  const toPercent = (part: number) => `${part * 100}%`;
  return (
    <div
      class="veils"
      style={{ '--ratio': width / height, aspectRatio: `${width} / ${height}` }}
      aria-hidden="true"
    >
      {veils.map((veil, index) => {
        const box = mirror(veil, picture, isMirrored);
        const style = {
          left: toPercent(box.x / width),
          top: toPercent(box.y / height),
          width: toPercent(box.width / width),
          height: toPercent(box.height / height),
        };
        return (
          <div key={index} class="veil" data-testid="veil" style={style}>
            <i />
          </div>
        );
      })}
    </div>
  );
}

function mirror(box: Box, { width }: { readonly width: number }, isMirrored: boolean): Box {
  return isMirrored ? { ...box, x: width - box.x - box.width } : box;
}

function FaceMark({ mark, shapes, text }: LaidOutMark) {
  const { key, isSelected, isUnsure, differs } = mark;
  const select = () => {
    selectedKey.value = key;
  };
  const classes = ['mark', isSelected && 'selected', isUnsure && 'unsure', differs && 'differs'];
  return (
    <g
      class={classes.filter(Boolean).join(' ')}
      style={{ '--mark': mark.colour }}
      role="button"
      tabIndex={0}
      aria-label={`${words.value.face.face(nameOf(key))}: ${mark.text}`}
      aria-pressed={isSelected}
      onClick={select}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        event.stopPropagation();
        select();
      }}
    >
      {shapes.map(({ part, x, y, width, height, radius, strokeWidth, dash }) => (
        <rect
          key={part}
          class={part}
          x={x}
          y={y}
          width={width}
          height={height}
          rx={radius}
          stroke-width={strokeWidth}
          stroke-dasharray={dash?.join(' ')}
        />
      ))}
      <text x={text.x} y={text.y} font-size={text.size}>
        {text.written}
      </text>
    </g>
  );
}

let context: CanvasRenderingContext2D | null | undefined;

/** Width of a label's text in pixels of the screen. */
function measure(text: string): number {
  context ??= createTextContext();
  return context === null ? text.length * TEXT_SIZE * 0.6 : context.measureText(text).width;
}

/** Once, because asking for the font makes the browser compute all styles, which takes a millisecond for each face. */
function createTextContext(): CanvasRenderingContext2D | null {
  const created = document.createElement('canvas').getContext('2d');
  const { fontFamily } = getComputedStyle(document.body);
  if (created !== null) created.font = `${TEXT_WEIGHT} ${TEXT_SIZE}px ${fontFamily}`;
  return created;
}

/** Of the page, in apps/shared/style/tokens.css. */
const USUAL_TEXT_PX = 15;

/** How many pixels of the picture one pixel of the screen is: labels keep their size whatever the picture's. */
function usePicturePixel(svg: { current: SVGSVGElement | null }, width: number, height: number): number {
  const [unit, setUnit] = useState(1);
  useEffect(() => {
    const element = svg.current;
    if (element === null) return undefined;
    const update = () => {
      const { clientWidth, clientHeight } = element;
      if (clientWidth === 0 || clientHeight === 0) return;
      // Labels grow with the other texts, on very large screens.
      const { fontSize } = getComputedStyle(document.documentElement);
      const textScale = Math.max(1, parseFloat(fontSize) / USUAL_TEXT_PX);
      setUnit(textScale * Math.max(width / clientWidth, height / clientHeight));
    };
    update();
    const observer = new ResizeObserver(update);
    observer.observe(element);
    return () => observer.disconnect();
  }, [width, height]);
  return unit;
}
