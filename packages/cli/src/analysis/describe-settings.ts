import type { ReportSettings } from '@mien/node/analysis';
import { toTickLabel } from '@mien/results';
import type { AnalyzeRequest } from './analyze-request.js';

const DEFAULT_REACT_MS = 300;

/** What a report says of how it was made, in words. */
export function describeSettings(request: AnalyzeRequest): ReportSettings {
  const { every, from, to, react = DEFAULT_REACT_MS, scaleFactor, minNeighbors } = request;
  return {
    general: [
      ...(scaleFactor === undefined ? [] : [['scale factor', String(scaleFactor)] as const]),
      ...(minNeighbors === undefined ? [] : [['min. neighbours', String(minNeighbors)] as const]),
    ],
    ofRecordings: [
      ['looked at', every === undefined ? 'every frame' : `the first frame of every ${every} ms`],
      ...(from === undefined ? [] : [['from', toTickLabel(from)] as const]),
      ...(to === undefined ? [] : [['to', toTickLabel(to)] as const]),
      ['a change is shown within', `${react} ms`],
    ],
  };
}
