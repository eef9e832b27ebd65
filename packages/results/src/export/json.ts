import type { Formatter } from './formatter.js';

/** One array of moments, written as `JSON.stringify(moments, undefined, 2)` would, but one by one. */
export function createJsonFormatter(): Formatter {
  let count = 0;
  return {
    add(moment) {
      const text = JSON.stringify(moment, undefined, 2).replaceAll('\n', '\n  ');
      return `${count++ === 0 ? '[' : ','}\n  ${text}`;
    },
    end: () => (count === 0 ? '[]\n' : '\n]\n'),
  };
}

/** One object a line: what only changes from source to source is left out. A picture is the moment 0. */
export function createNdjsonFormatter(): Formatter {
  return {
    add: ({ source, timestampMs = 0, faces }) => `${JSON.stringify({ source, timestampMs, faces })}\n`,
    end: () => '',
  };
}
