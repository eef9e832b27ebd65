/**
 * WebVTT, subtitles for players and browsers: which face (by id) shows which expression, from when to when.
 * Consecutive frames with the same text are one cue; frames without faces have none.
 * Ref: https://www.w3.org/TR/webvtt1/
 */
import { faceName, shownReading, type FrameResult } from '../frame-result.js';
import type { Formatter } from './formatter.js';
import { toVttTime } from './timecode.js';

/** Duration of the cue if there is only one frame. */
const DEFAULT_SHOWN_MS = 1000;

interface Cue {
  readonly startMs: number;
  readonly text: string;
}

export function createVttFormatter(): Formatter {
  let isBegun = false;
  let cue: Cue | undefined;
  let lastMs: number | undefined;
  let intervalMs = DEFAULT_SHOWN_MS;

  const begin = () => {
    if (isBegun) return '';
    isBegun = true;
    return 'WEBVTT\n';
  };
  const finish = (endMs: number) => {
    if (cue === undefined || cue.text === '') return '';
    return `\n${toVttTime(cue.startMs)} --> ${toVttTime(endMs)}\n${cue.text}\n`;
  };
  return {
    add(result) {
      const { timestampMs = 0 } = result;
      const text = toText(result);
      if (lastMs !== undefined && timestampMs > lastMs) intervalMs = timestampMs - lastMs;
      lastMs = timestampMs;
      const head = begin();
      if (cue?.text === text) return head;
      const finished = finish(timestampMs);
      cue = { startMs: timestampMs, text };
      return head + finished;
    },
    end(statedEndMs = Infinity) {
      const endMs = (lastMs ?? 0) + intervalMs;
      // An end before the last frame is wrong.
      return begin() + finish(statedEndMs > (lastMs ?? 0) ? Math.min(endMs, statedEndMs) : endMs);
    },
  };
}

function toText(result: FrameResult): string {
  return result.faces
    .flatMap((face, index) => {
      const name = faceName(result, face, index);
      const label = escape(shownReading(face).expression);
      return name === undefined ? [] : [`<v ${name}>${name} ${label}${face.unsure ? ' (unsure)' : ''}`];
    })
    .join('\n');
}

/** Labels come from model files and may contain anything. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\p{Cc}+/gu, ' ');
}
