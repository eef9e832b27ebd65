import type { Analyzer, Explanation, FaceCrop } from '@mien/web';
import { useEffect, useRef, useState } from 'preact/hooks';
import { notify } from '../state/notices.js';

export interface Explained {
  readonly crop: FaceCrop;
  readonly explanation: Explanation;
}

interface Task {
  readonly analyzer: Analyzer;
  readonly crop: FaceCrop;
  readonly expression: string;
}

/** An explanation is followed by a pause this many times as long, so that frames are read in between. */
const PAUSE_FACTOR = 2;

/**
 * Explains the newest crop, over and over. Crops that come while another one is explained are skipped; nothing is queued.
 */
export function useExplanation(
  analyzer: Analyzer | undefined,
  crop: FaceCrop,
  expression: string,
): Explained | undefined {
  const [explained, setExplained] = useState<Explained>();
  const next = useRef<Task | undefined>(undefined);
  const isBusy = useRef(false);
  /** The one whose explanations are wanted; none after the component is gone. */
  const wanted = useRef<Analyzer | undefined>(undefined);
  useEffect(() => {
    wanted.current = analyzer;
    if (analyzer === undefined || !isOf(analyzer, crop, expression)) return;
    next.current = { analyzer, crop, expression };
    if (!isBusy.current) void work();
  }, [analyzer, crop, expression]);
  useEffect(
    () => () => {
      wanted.current = undefined;
      next.current = undefined;
    },
    [],
  );

  async function work(): Promise<void> {
    isBusy.current = true;
    for (let task = next.current; task !== undefined; task = next.current) {
      next.current = undefined;
      const startMs = performance.now();
      try {
        const explanation = await task.analyzer.explain(task.crop, task.expression);
        if (task.analyzer === wanted.current) setExplained({ crop: task.crop, explanation });
      } catch (error) {
        // A model that was taken away meanwhile is no problem.
        if (task.analyzer === wanted.current) notify(error instanceof Error ? error.message : String(error));
      }
      const pauseMs = PAUSE_FACTOR * (performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    isBusy.current = false;
  }
  return explained;
}

/** Whether a crop and its expression are of this model: right after another one was chosen they are not. */
function isOf({ model }: Analyzer, { width, height, channels }: FaceCrop, expression: string): boolean {
  const { input, labels } = model;
  return (
    input.width === width &&
    input.height === height &&
    input.channels === channels &&
    labels.includes(expression)
  );
}
