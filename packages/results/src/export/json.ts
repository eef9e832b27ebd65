import type { Formatter } from './formatter.js';

/** One array of results, as `JSON.stringify(results, undefined, 2)` would write it, but piece by piece. */
export function createJsonFormatter(): Formatter {
  let count = 0;
  return {
    add(result) {
      const text = JSON.stringify(result, undefined, 2).replaceAll('\n', '\n  ');
      return `${count++ === 0 ? '[' : ','}\n  ${text}`;
    },
    end: () => (count === 0 ? '[]\n' : '\n]\n'),
  };
}

/** One object per line, without the fields that are the same for all frames of a source. A picture has the time 0. */
export function createNdjsonFormatter(): Formatter {
  return {
    add: ({ source, timestampMs = 0, faces }) => `${JSON.stringify({ source, timestampMs, faces })}\n`,
    end: () => '',
  };
}
