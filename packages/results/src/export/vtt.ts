/**
 * WebVTT, the subtitles that players and browsers show: who (by id) shows which expression, from when to when.
 * Moments that say the same are one cue; where there is no face there is none.
 * Ref: https://www.w3.org/TR/webvtt1/
 */
import { nameOf, shownOf, type Moment } from '../frame-result.js';
import type { Formatter } from './formatter.js';
import { toVttTime } from './timecode.js';

/** How long the last moment is shown when it is the only one. */
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
    add(moment) {
      const { timestampMs = 0 } = moment;
      const text = toText(moment);
      if (lastMs !== undefined && timestampMs > lastMs) intervalMs = timestampMs - lastMs;
      lastMs = timestampMs;
      const head = begin();
      if (cue?.text === text) return head;
      const finished = finish(timestampMs);
      cue = { startMs: timestampMs, text };
      return head + finished;
    },
    end: () => begin() + finish((lastMs ?? 0) + intervalMs),
  };
}

function toText(moment: Moment): string {
  return moment.faces
    .flatMap((face, index) => {
      const name = nameOf(moment, face, index);
      const label = escape(shownOf(face).expression);
      return name === undefined ? [] : [`<v ${name}>${name} ${label}${face.unsure ? ' (unsure)' : ''}`];
    })
    .join('\n');
}

/** A label comes from a model's file and may hold anything. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\p{Cc}+/gu, ' ');
}
