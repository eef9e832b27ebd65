/**
 * What became of the runs of a queue, as a record for programs and as tables for people.
 *
 * The checkpoints are the only memory of a queue: the record is made from them anew, so that it cannot disagree with
 * what is in the folders.
 */
import type { Graph } from '@mien/core/nn';
import type { Recipe } from '../recipe/recipe.js';
import { checkpointName } from '../run-store.js';
import { bestEpoch, isOutOfPatience } from '../stopping.js';
import type { Progress } from '../training-state.js';

export const RUN_STATES = ['waiting', 'running', 'interrupted', 'finished', 'failed'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface RunResult {
  /** Of the run, also of its folder: `<entry>-<seed>`. */
  readonly name: string;
  /** Of the entry in the queue file. */
  readonly entry: string;
  readonly seed: number;
  readonly state: RunState;
  /** Complete epochs, and those that the recipe asks for at most. */
  readonly epochs: number;
  readonly maxEpochs: number;
  /** In complete epochs. */
  readonly seconds: number;
  /** The best epoch by the recipe's monitor; `null` before the first epoch is complete. */
  readonly best: RunBest | null;
  /** Why the run failed. */
  readonly error?: string;
}

export interface RunBest {
  readonly epoch: number;
  readonly valLoss: number;
  readonly valAccuracy: number;
  /** `null` where the checkpoint does not hold it. */
  readonly macroF1: number | null;
  /** Path of the checkpoint. */
  readonly checkpoint: string;
}

/** Mean and sample standard deviation over the finished seeds of an entry. */
export interface EntrySummary {
  readonly entry: string;
  readonly finished: number;
  readonly valAccuracy: Spread;
  readonly macroF1: Spread | null;
}

export interface Spread {
  readonly mean: number;
  /** `null` for a single value. */
  readonly deviation: number | null;
}

export interface QueueResults {
  readonly runs: readonly RunResult[];
  readonly entries: readonly EntrySummary[];
}

/** The part of a {@link RunResult} that the progress of a run tells. */
export function summarizeProgress(
  { history, bestMetrics }: Pick<Progress, 'history' | 'bestMetrics'>,
  { graph, recipe, folder }: { readonly graph: Graph; readonly recipe: Recipe; readonly folder: string },
): Pick<RunResult, 'epochs' | 'seconds' | 'best'> {
  const best = bestEpoch(history, recipe.monitor);
  return {
    epochs: history.length,
    seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
    best:
      best === undefined
        ? null
        : {
            epoch: best.epoch,
            valLoss: best.valLoss,
            valAccuracy: best.valAccuracy,
            macroF1: bestMetrics?.macroF1 ?? null,
            checkpoint: `${folder}/${checkpointName(graph, best)}`,
          },
  };
}

/** Whether a run has nothing left to train. */
export function isComplete({ epoch, history }: Pick<Progress, 'epoch' | 'history'>, recipe: Recipe): boolean {
  return epoch > recipe.epochs || isOutOfPatience(history, recipe);
}

export function summarizeQueue(runs: readonly RunResult[]): QueueResults {
  const entries = [...new Set(runs.map(({ entry }) => entry))].flatMap((entry): EntrySummary[] => {
    const finished = runs.filter((run) => run.entry === entry && run.state === 'finished');
    const bests = finished.flatMap(({ best }) => (best === null ? [] : [best]));
    if (bests.length === 0) return [];
    const scores = bests.flatMap(({ macroF1 }) => (macroF1 === null ? [] : [macroF1]));
    return [
      {
        entry,
        finished: bests.length,
        valAccuracy: spreadOf(bests.map(({ valAccuracy }) => valAccuracy)),
        macroF1: scores.length === bests.length ? spreadOf(scores) : null,
      },
    ];
  });
  return { runs, entries };
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

export interface ResultColumn {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly of: (run: RunResult) => string;
}

/** Columns of the table of results, in a terminal as in Markdown. */
export const RESULT_COLUMNS: readonly ResultColumn[] = [
  { head: 'run', align: 'left', of: ({ name }) => name },
  { head: 'state', align: 'left', of: ({ state }) => state },
  { head: 'epochs', align: 'right', of: ({ epochs, maxEpochs }) => `${epochs}/${maxEpochs}` },
  { head: 'best', align: 'right', of: ({ best }) => (best === null ? '' : String(best.epoch)) },
  { head: 'val_acc', align: 'right', of: ({ best }) => toFigure(best?.valAccuracy) },
  { head: 'val_loss', align: 'right', of: ({ best }) => toFigure(best?.valLoss) },
  { head: 'macro F1', align: 'right', of: ({ best }) => toFigure(best?.macroF1) },
  { head: 'hours', align: 'right', of: ({ seconds }) => (seconds / 3600).toFixed(2) },
];

/** The results as a Markdown page. */
export function toQueueMarkdown({ runs, entries }: QueueResults): string {
  const several = entries.filter(({ finished }) => finished > 1);
  const failures = runs.filter(({ error }) => error !== undefined);
  const parts = [
    '# Runs of the queue\n',
    toMarkdownTable(
      RESULT_COLUMNS,
      runs.map((run) => RESULT_COLUMNS.map(({ of }) => of(run))),
    ),
  ];
  if (several.length > 0) {
    const columns = [
      { head: 'entry', align: 'left' },
      { head: 'seeds', align: 'right' },
      { head: 'val_acc', align: 'right' },
      { head: 'macro F1', align: 'right' },
    ] as const;
    const rows = several.map(({ entry, finished, valAccuracy, macroF1 }) => [
      entry,
      String(finished),
      toSpread(valAccuracy),
      macroF1 === null ? '' : toSpread(macroF1),
    ]);
    parts.push('Mean ± standard deviation over finished seeds:\n', toMarkdownTable(columns, rows));
  }
  if (failures.length > 0) {
    parts.push('Failed:\n', failures.map(({ name, error = '' }) => `- ${name}: ${toCell(error)}\n`).join(''));
  }
  return parts.join('\n');
}

function toMarkdownTable(
  columns: readonly { readonly head: string; readonly align: 'left' | 'right' }[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(toCell).join(' | ')} |\n`;
  return [
    line(columns.map(({ head }) => head)),
    line(columns.map(({ align }) => (align === 'right' ? '--:' : ':--'))),
    ...rows.map(line),
  ].join('');
}

function toCell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

function toFigure(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : value.toFixed(4);
}

function toSpread({ mean, deviation }: Spread): string {
  return deviation === null ? mean.toFixed(4) : `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
}
