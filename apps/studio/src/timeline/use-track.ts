/** The pointer on a track of the timeline: a click goes to its time, a drag selects a span. */
import { useRef } from 'preact/hooks';
import { seekTo } from '../scene/video-player.jsx';
import { selectedSpan, type Span } from '../state/scene.js';

/** A click shakes less than this. */
const LEAST_DRAG_PX = 6;

export function useTrack(span: Span, isSeekable: boolean) {
  const fromX = useRef<number | undefined>(undefined);
  const toTime = ({ currentTarget, clientX }: PointerEvent, x = clientX): number => {
    const { left, width } = (currentTarget as HTMLElement).getBoundingClientRect();
    const part = Math.max(0, Math.min(1, (x - left) / width));
    return span.startMs + part * (span.endMs - span.startMs);
  };
  const isDrag = ({ clientX }: PointerEvent): boolean =>
    fromX.current !== undefined && Math.abs(clientX - fromX.current) >= LEAST_DRAG_PX;
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      fromX.current = event.clientX;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      if (!isDrag(event)) return;
      const [a, b] = [toTime(event, fromX.current), toTime(event)];
      selectedSpan.value = { startMs: Math.min(a, b), endMs: Math.max(a, b) };
    },
    onPointerUp: (event: PointerEvent) => {
      if (fromX.current === undefined) return;
      const wasClick = !isDrag(event);
      fromX.current = undefined;
      if (!wasClick) return;
      selectedSpan.value = undefined;
      if (isSeekable) seekTo(toTime(event));
    },
    onPointerCancel: () => {
      fromX.current = undefined;
    },
  };
}
