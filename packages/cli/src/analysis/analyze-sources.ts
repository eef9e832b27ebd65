/**
 * All of `mien analyze`: names → sources → tasks → moments → what is printed or written, in the order of the names
 * whoever did the work. One bad source is one line on stderr, and the others go on.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import {
  createExecutor,
  type Entry,
  type Executor,
  type Failure,
  keepSettings,
  openFinishedSources,
  openRunPages,
  planAnnotations,
  planOutputs,
  type Printer,
  runEntries,
  toJournalPath,
  withoutDrawings,
} from '@mien/node/analysis';
import { findSources, type FoundSource, type OpenedSource, openSource } from '@mien/node/sources';
import { createFormatter, type Format } from '@mien/results';
import { printError, type CommandContext } from '../command-context.js';
import { createCountProgress } from '../terminal/count-progress.js';
import { createTerminal } from '../terminal/terminal.js';
import { createAnalysisProgress } from './analysis-progress.js';
import type { AnalyzeRequest } from './analyze-request.js';
import { describeSettings } from './describe-settings.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** As shells have it for what Ctrl-C ended: 128 and the number of the signal. */
const EXIT_INTERRUPTED = 130;

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
    ...settings
  } = request;
  requireUsable(request);
  const named = await findSources(names);
  const found = plot === true && out !== undefined ? withoutDrawings(named, out) : named;
  const sources = found.filter((one): one is FoundSource => !('error' in one));
  if (format === 'vtt' && out === undefined && sources.length > 1) {
    const count = `there are ${sources.length} sources`;
    throw new MienError('USAGE', `--format vtt: subtitles belong to one video and ${count}; add --out DIR`);
  }
  const annotations = await planAnnotations(
    sources.map(({ source }) => source),
    annotate,
  );
  const outputs =
    out === undefined
      ? undefined
      : planOutputs(sources, out, {
          format,
          plot,
          report: report === true ? describeSettings(request) : undefined,
        });
  if (out !== undefined) {
    await keepSettings(out, { ...settings, format, plot, report, every, from, to }, resume);
  }
  const pages = await openRunPages(outputs ?? new Map(), resume);

  const interrupt = catchInterrupt();
  const sampling = { everyMs: every, fromMs: from, toMs: to, signal: interrupt.signal };
  // Where several work at once, moments wait here for their turn.
  const spool = jobs > 1 && out === undefined ? await mkdtemp(join(tmpdir(), 'mien-')) : undefined;
  const entries = found.map((one, index): Entry => {
    if ('error' in one) return one;
    const target = annotations.get(one.source);
    const output = outputs?.get(one);
    return {
      source: one.source,
      sampling,
      resume,
      ...(target !== undefined && { annotate: target }),
      ...(output !== undefined && { journal: toJournalPath(output), output }),
      ...(spool !== undefined && { journal: join(spool, String(index)) }),
    };
  });

  let executor: Executor | undefined;
  try {
    const opening = openFirst(entries, jobs); // while the model loads
    const threads = jobs === 1 ? 1 : Math.max(1, Math.min(jobs, sources.length));
    executor = await createExecutor(settings, threads, (line) => context.stderr.write(`${line}\n`));
    const printer = createPrinter(context, entries.length, format, executor.labels);
    const { failed, left } = await runEntries(entries, {
      ...{ executor, printer, opening },
      finished: out === undefined ? undefined : await openFinishedSources(out, resume),
      stop: interrupt.stop,
    });
    if (out === undefined) await printer.end();
    else {
      const progress = createCountProgress(context.stderr, 'reporting on pictures');
      const { hasNothingToDraw } = await pages
        .end(executor.labels, printer.failures, left > 0, progress.show)
        .finally(progress.end);
      if (hasNothingToDraw) printer.say('--plot: a picture has no timeline, and there was no video');
    }
    if (failed > 0 && entries.length > 1) printer.say(`${failed} of ${entries.length} sources failed`);
    if (left > 0) {
      const advice = out === undefined ? 'add --out DIR to be able to go on' : 'go on with --resume';
      const count = entries.length > 1 ? ` with ${left} of ${entries.length} sources left` : '';
      printer.say(
        `${interrupt.isByPerson() ? 'interrupted' : 'stopped'}${count}; what was done is kept, ${advice}`,
      );
    }
    // Ctrl-C is how watching ends, and no failure of it.
    if (left > 0 && interrupt.isByPerson()) context.fail(EXIT_INTERRUPTED);
  } finally {
    interrupt.forget();
    await executor?.close();
    if (spool !== undefined) await rm(spool, { recursive: true, force: true });
  }
}

function requireUsable({ out, resume, plot, report, from = 0, to = Infinity }: AnalyzeRequest): void {
  for (const [option, isGiven] of [
    ['--plot', plot],
    ['--report', report],
  ] as const) {
    if (isGiven === true && out === undefined) {
      throw new MienError('USAGE', `${option}: writes its files into the folder of --out DIR; add it`);
    }
  }
  if (resume === true && out === undefined) {
    throw new MienError('USAGE', '--resume: goes on with the files of --out DIR; add it');
  }
  if (to <= from) throw new MienError('USAGE', `--to: must be later than --from (${from} ms), got ${to} ms`);
}

function openFirst([first]: readonly Entry[], jobs: number): Promise<OpenedSource> | undefined {
  if (first === undefined || 'error' in first || first.resume === true || jobs > 1) return undefined;
  const opening = openSource(first.source, first.sampling);
  opening.catch(() => undefined); // Reported in its turn.
  return opening;
}

/** Results to stdout, the rest to stderr, so that neither gets into the other's line. */
function createPrinter(
  context: CommandContext,
  total: number,
  format: Format,
  labels: readonly string[],
): Printer {
  const { stdout, stderr } = context;
  const formatter = createFormatter(format, { labels, layout: createTerminal(stdout) });
  const progress = createAnalysisProgress(stderr, total);
  const failures: Failure[] = [];
  const print = async (text: string) => {
    if (text === '') return;
    progress.clear();
    if (!stdout.write(text)) await once(stdout, 'drain');
  };
  return {
    progress,
    failures,
    moment: (moment) => print(formatter.add(moment)),
    end: () => print(formatter.end()),
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

/** The first Ctrl-C (or SIGTERM) ends the reading, so that what was seen is written out; the second one ends the process. */
function catchInterrupt() {
  const controller = new AbortController();
  let wasInterrupted = false;
  const interrupt = () => {
    wasInterrupted = true;
    controller.abort();
  };
  for (const signal of SIGNALS) process.once(signal, interrupt);
  return {
    signal: controller.signal,
    isByPerson: () => wasInterrupted,
    stop: () => {
      controller.abort();
    },
    forget() {
      for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    },
  };
}
