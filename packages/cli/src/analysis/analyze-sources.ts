/**
 * `mien analyze`: names → sources → tasks → frames → printed or written results, in the order of the names, also with
 * several workers. A bad source is one line on stderr, and the others are still analysed.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import {
  type AnalysisProgress,
  createExecutor,
  type Entry,
  type Executor,
  type Failure,
  openResultsFolder,
  openTask,
  planAnnotations,
  type Printer,
  runEntries,
  toOutputPaths,
  toVideoName,
  withoutDrawings,
} from '@mien/node/analysis';
import { findSources, type FoundSource, type OpenedSource } from '@mien/node/sources';
import { isBinary, loadOutputFormatter, toPrintable, type OutputFormatter } from '@mien/results';
import { EXIT_INTERRUPTED, printError, type CommandContext } from '../command-context.js';
import { withFlag } from '../options/to-flag.js';
import { catchSignals } from '../terminal/catch-signals.js';
import { createCountProgress } from '../terminal/count-progress.js';
import { createTerminal, isTerminal } from '../terminal/terminal.js';
import { createAnalysisProgress } from './analysis-progress.js';
import type { AnalyzeRequest } from './analyze-request.js';
import { describeSettings } from './describe-settings.js';
import { summarizeRun, watchFiles } from './written-files.js';

export async function analyzeSources(context: CommandContext, request: AnalyzeRequest): Promise<void> {
  const {
    names,
    format,
    jobs,
    out,
    resume = false,
    annotate,
    plot,
    report,
    every,
    from,
    to,
    responseTime,
    minFace,
    ...rest
  } = request;
  const settings = {
    ...rest,
    ...(responseTime !== undefined && { responseTimeMs: responseTime }),
    ...(minFace !== undefined && { minFacePx: minFace }),
  };
  requireUsable(request, context.stdout);
  const { sources: named, notes } = await findSources(names);
  const found = plot === true && out !== undefined ? withoutDrawings(named, out) : named;
  const sources = found.filter((one): one is FoundSource => !('error' in one));
  if (format === 'vtt' && out === undefined && sources.length > 1) {
    const count = `there are ${sources.length} sources`;
    throw new MienError('USAGE', `--format vtt: subtitles belong to one video, but ${count}; add --out DIR`);
  }
  const annotations = await planAnnotations(
    sources.map(({ source }) => source),
    annotate,
  );
  const folder =
    out === undefined
      ? undefined
      : await openResultsFolder(out, sources, {
          ...{ format, plot, resume },
          report: report === true ? describeSettings(request) : undefined,
          settings: { ...settings, format, plot, report, every, from, to },
        });
  const findWritten = await watchFiles([...(folder?.outputs.values() ?? [])].flatMap(toOutputPaths));
  const findDrawn = await watchFiles([...annotations.values()].flatMap((path) => [path, toVideoName(path)]));

  const interrupt = catchInterrupt();
  const sampling = { everyMs: every, fromMs: from, toMs: to, signal: interrupt.signal };
  // With several workers, frames wait here for the turn of their source.
  const spool = jobs > 1 && out === undefined ? await mkdtemp(join(tmpdir(), 'mien-')) : undefined;
  const entries = found.map((one, index): Entry => {
    if ('error' in one) return one;
    const target = annotations.get(one.source);
    const output = folder?.outputs.get(one);
    return {
      source: one.source,
      sampling,
      resume,
      ...(target !== undefined && { annotate: target }),
      ...(output !== undefined && { journal: output.journal, output }),
      ...(spool !== undefined && { journal: join(spool, String(index)) }),
    };
  });

  let executor: Executor | undefined;
  try {
    const opening = openFirst(entries, jobs); // while the model loads
    const threads = jobs === 1 ? 1 : Math.max(1, Math.min(jobs, sources.length));
    const onNotice = (line: string) => context.stderr.write(`${line}\n`);
    executor = await createExecutor(settings, threads, onNotice).catch((error: unknown) => {
      throw withFlag(error);
    });
    const layout = createTerminal(context.stdout);
    const formatter = await loadOutputFormatter(format, { labels: executor.labels, layout });
    const printer = createPrinter(context, entries.length, formatter);
    for (const note of notes) printer.note(note);
    const { failed, left, skipped } = await runEntries(entries, {
      ...{ executor, printer, opening, folder },
      stop: interrupt.stop,
    });
    if (folder === undefined) await printer.end();
    else {
      const progress = createCountProgress(context.stderr, 'reporting on pictures');
      const pages = {
        labels: executor.labels,
        failures: printer.failures,
        isInterrupted: left > 0,
        onProgress: progress.show,
      };
      const { hasNothingToDraw } = await folder.writePages(pages).finally(progress.end);
      if (hasNothingToDraw) printer.say('--plot: there was no video; pictures have no timeline');
      const counts = { written: (await findWritten()).length, skipped, total: entries.length };
      const summary = summarizeRun(folder.path, counts);
      if (summary !== undefined) context.stderr.write(`${summary}\n`);
    }
    const [drawn, ...others] = await findDrawn();
    if (drawn !== undefined) {
      printer.progress.clear();
      const what = others.length === 0 ? drawn : `${others.length + 1} files to ${annotate ?? ''}`;
      context.stderr.write(`wrote ${what}\n`);
    }
    if (failed > 0 && entries.length > 1) printer.say(`${failed} of ${entries.length} sources failed`);
    if (left > 0) {
      const advice = out === undefined ? 'add --out DIR to be able to resume' : 'continue with --resume';
      const count = entries.length > 1 ? ` with ${left} of ${entries.length} sources left` : '';
      printer.say(
        `${interrupt.isByPerson() ? 'interrupted' : 'stopped'}${count}; finished work is kept, ${advice}`,
      );
    }
    // Ctrl-C is the normal way to stop watching a camera.
    if (left > 0 && interrupt.isByPerson()) context.fail(EXIT_INTERRUPTED);
  } finally {
    interrupt.forget();
    interrupt.stop(); // Releases a source that was opened and never read.
    await executor?.close();
    if (spool !== undefined) await rm(spool, { recursive: true, force: true });
  }
}

function requireUsable(
  { out, format, resume, plot, report, from = 0, to = Infinity }: AnalyzeRequest,
  stdout: NodeJS.WritableStream,
): void {
  if (isBinary(format) && out === undefined && isTerminal(stdout)) {
    throw new MienError('USAGE', `--format ${format}: is no text; add --out DIR, or > FILE`);
  }
  for (const [option, isGiven] of [
    ['--plot', plot],
    ['--report', report],
  ] as const) {
    if (isGiven === true && out === undefined) {
      throw new MienError('USAGE', `${option}: writes files to a folder; add --out DIR`);
    }
  }
  if (resume === true && out === undefined) {
    throw new MienError('USAGE', '--resume: continues an earlier run in a folder; add --out DIR');
  }
  if (to <= from) throw new MienError('USAGE', `--to: must be later than --from (${from} ms), got ${to} ms`);
}

function openFirst([first]: readonly Entry[], jobs: number): Promise<OpenedSource> | undefined {
  if (first === undefined || 'error' in first || first.resume === true || jobs > 1) return undefined;
  const opening = openTask(first);
  opening.catch(() => undefined); // Reported when the source is awaited.
  return opening;
}

/** Prints results to stdout and everything else to stderr; the progress line is cleared before either. */
function createPrinter(context: CommandContext, total: number, formatter: OutputFormatter): Printer {
  const { stdout, stderr } = context;
  const shown = createAnalysisProgress(stderr, total);
  /** Of the only source. */
  let endMs: number | undefined;
  const progress: AnalysisProgress = {
    ...shown,
    onFrame(index, source, state) {
      if (total === 1) endMs = state.endMs;
      shown.onFrame(index, source, state);
    },
  };
  const failures: Failure[] = [];
  const print = async (piece: string | Uint8Array) => {
    if (piece.length === 0) return;
    progress.clear();
    if (!stdout.write(piece)) await once(stdout, 'drain');
  };
  return {
    progress,
    failures,
    result: (result) => print(formatter.add(result)),
    end: () => print(formatter.end(endMs)),
    note(text) {
      progress.clear();
      stderr.write(`note: ${toPrintable(text)}\n`);
    },
    say(text) {
      progress.clear();
      stderr.write(`mien: ${text}\n`);
    },
    fail(error, source) {
      progress.clear();
      if (source !== undefined) failures.push({ source, message: error.message });
      printError(context, error);
      context.fail(1);
    },
  };
}

/** The first Ctrl-C or SIGTERM stops reading, and results so far are written; a second Ctrl-C ends the process. */
function catchInterrupt() {
  const controller = new AbortController();
  const signals = catchSignals();
  const stop = () => {
    controller.abort();
  };
  signals.signal.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    isByPerson: () => signals.signal.aborted,
    stop,
    forget: signals.forget,
  };
}
