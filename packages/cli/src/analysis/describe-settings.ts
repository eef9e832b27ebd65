import type { ReportSettings } from '@mien/node/analysis';
import { toTickLabel } from '@mien/results';
import type { AnalyzeRequest } from './analyze-request.js';

const DEFAULT_RESPONSE_TIME_MS = 300;

/** The settings of a run in words, for its reports. */
export function describeSettings(request: AnalyzeRequest): ReportSettings {
  const { every, from, to, responseTime = DEFAULT_RESPONSE_TIME_MS, scaleFactor, minNeighbors } = request;
  return {
    general: [
      ...(scaleFactor === undefined ? [] : [['scale factor', String(scaleFactor)] as const]),
      ...(minNeighbors === undefined ? [] : [['min. neighbours', String(minNeighbors)] as const]),
    ],
    ofRecordings: [
      ['analysed', every === undefined ? 'every frame' : `the first frame of every ${every} ms`],
      ...(from === undefined ? [] : [['from', toTickLabel(from)] as const]),
      ...(to === undefined ? [] : [['to', toTickLabel(to)] as const]),
      ['response time', `${responseTime} ms`],
    ],
  };
}
