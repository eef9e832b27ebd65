/** The probabilities of the selected person over time. */
import type { Analysis } from '@mien/core';
import { useMemo } from 'preact/hooks';
import { merged, personOf } from '../state/people.js';
import { timeOf } from '../state/recording.js';
import { labels, mainResult, selectedOf, type Span } from '../state/scene.js';
import { colourOf } from './colour-of.js';
import { thin } from './thin.js';
import { useTrack } from './use-track.js';

/** About as many as a screen has pixels: an hour has twenty times as many results. */
const MOST_POINTS = 1000;

interface CurvesProps {
  readonly frames: readonly Analysis[];
  /** Of results so far: a video's list grows in its place. */
  readonly count: number;
  readonly span: Span;
  readonly isSeekable: boolean;
}

export function Curves({ frames, count, span, isSeekable }: CurvesProps) {
  const track = useTrack(span, isSeekable);
  const key = selectedOf(mainResult.value)?.key;
  const lengthMs = span.endMs - span.startMs;
  const toX = (atMs: number) => ((atMs - span.startMs) / lengthMs) * 1000;
  const readings = useMemo(
    () => thin(readingsOf(frames, key), lengthMs / MOST_POINTS),
    [frames, count, key, lengthMs, merged.value],
  );
  if (readings.length < 2) return null;
  return (
    <div class="lane curves">
      <span class="lane-name" />
      <div class="lane-track seekable" {...track}>
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
          {labels.value.map((label) => (
            <path
              key={label}
              d={readings
                .map(
                  ({ atMs, probabilities }, index) =>
                    `${index === 0 ? 'M' : 'L'}${toX(atMs).toFixed(1)} ${(98 - 96 * (probabilities[label] ?? 0)).toFixed(1)}`,
                )
                .join('')}
              stroke={colourOf(label)}
            />
          ))}
        </svg>
      </div>
    </div>
  );
}

function readingsOf(frames: readonly Analysis[], person: number | undefined) {
  return frames.flatMap((frame) => {
    const face = frame.faces.find(({ id }) => id !== undefined && personOf(id) === person);
    return face === undefined
      ? []
      : [{ atMs: timeOf(frame), probabilities: (face.smoothed ?? face).probabilities }];
  });
}
