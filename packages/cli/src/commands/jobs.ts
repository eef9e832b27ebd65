/** `mien jobs`: submits files to a service or the embedded database, and follows them. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MienError } from '@mien/core';
import type { ResultFormat } from '@mien/server';
import { Command, Option } from 'commander';
import { printError, type CommandContext } from '../command-context.js';
import { addSamplingOptions } from '../options/sampling-options.js';
import { wholeNumber } from '../options/whole-number.js';
import { addConnectionOptions, withJobs, type ConnectionOptions } from '../service/connect-jobs.js';
import { findJobId } from '../service/find-job.js';
import { followJob } from '../service/follow-job.js';
import { findUploads } from '../service/find-uploads.js';
import { toJobLines, toJobTable, toMissing } from '../service/job-text.js';
import { PLACE_HELP } from '../service/place-options.js';
import { toCommand } from '../service/to-command.js';
import { writeStream } from '../service/write-stream.js';
import { toJson } from '../options/report-format.js';
import { isTerminal } from '../terminal/terminal.js';

interface SubmitOptions extends ConnectionOptions {
  readonly every?: number;
  readonly from?: number;
  readonly to?: number;
  readonly model?: string;
  readonly idempotencyKey?: string;
  readonly watch?: boolean;
}

const RESULT_FORMATS: readonly ResultFormat[] = ['json', 'ndjson', 'csv', 'vtt', 'parquet', 'report'];

const HELP = `
Where a service runs on this machine with the same --data, these commands ask it. Where none runs, submit, watch and retry
work on the jobs themselves until they are done. With --database, workers elsewhere do (mien worker); with --server, a
service elsewhere. Files are copied: what you submit may change or go away.
${PLACE_HELP}

An id may be shortened to its first characters, at least four.

Examples:
  $ mien jobs submit footage/ --every 200ms
  $ mien jobs status
  $ mien jobs watch 3f0c
  $ mien jobs result 3f0c --format csv > faces.csv
  $ mien jobs backup monday.tar.gz
  $ mien jobs submit talk.mp4 --server https://mien.example.org --key $MIEN_KEY`;

export function createJobsCommand(context: CommandContext): Command {
  const jobs = new Command('jobs')
    .description('analyse many files as durable jobs: submit, status, watch, result, retry, cancel, backup')
    .addHelpText('after', HELP);
  const sub = (name: string, description: string) =>
    addConnectionOptions(jobs.command(name).description(description));

  addSamplingOptions(
    sub('submit', 'queue pictures and videos').argument(
      '<sources...>',
      'pictures, videos, folders or patterns; or addresses that the service may fetch',
    ),
  )
    .option('--model <name>', 'an installed model, or one that was uploaded to the service')
    .option('--idempotency-key <text>', 'submitting again with the same key and files gives the same job')
    .option('--watch', 'wait until it is done')
    .action((sources: string[], options: SubmitOptions) => submit(context, sources, options));
  sub('status', 'show a job, or list all')
    .argument('[id]', 'as submit prints it')
    .addOption(new Option('--format <name>', 'format').choices(['table', 'json']).default('table'))
    .action(async (given: string | undefined, options: ConnectionOptions & { format: string }) => {
      await withJobs(context, options, { works: false }, async ({ jobs: opened }) => {
        if (given === undefined) {
          const list = await opened.list();
          context.stdout.write(options.format === 'json' ? toJson(list) : toJobTable(list));
        } else {
          const job = await opened.get(await findJobId(opened, given));
          context.stdout.write(options.format === 'json' ? toJson(job) : toJobLines(job));
        }
      });
    });
  sub('watch', 'follow a job until it is done')
    .argument('<id>', 'as submit prints it')
    .action(async (given: string, options: ConnectionOptions) => {
      await withJobs(context, options, { works: true }, async (opened, signal) =>
        followJob(context, opened, await findJobId(opened.jobs, given), options, signal),
      );
    });
  sub('result', 'print the results of a job')
    .argument('<id>', 'as submit prints it')
    .addOption(new Option('--format <name>', 'format of the results').choices(RESULT_FORMATS).default('json'))
    .option(
      '--item <index>',
      'one item of the job, by its number in status; vtt and report are about one',
      wholeNumber(0, 999_999),
    )
    .option('--out <file>', 'write to this file instead of printing')
    .action(
      async (
        given: string,
        options: ConnectionOptions & { format: ResultFormat; item?: number; out?: string },
      ) => {
        await withJobs(context, options, { works: false }, async ({ jobs: opened }) => {
          const { format, item, out } = options;
          if (format === 'parquet' && out === undefined && isTerminal(context.stdout)) {
            throw new MienError('USAGE', '--format parquet: is no text; add --out FILE, or > FILE');
          }
          const id = await findJobId(opened, given);
          const job = await opened.get(id);
          const text = await opened.result(id, { format, item });
          if (out === undefined) await pipeline(text, context.stdout, { end: false });
          else await writeTo(context, out, text);
          if (item === undefined && job.done < job.total)
            context.stderr.write(`mien: ${toMissing(job, options)}\n`);
        });
      },
    );
  sub('retry', 'queue the failed items of a job again')
    .argument('<id>', 'as submit prints it')
    .action(async (given: string, options: ConnectionOptions) => {
      await withJobs(context, options, { works: true }, async (opened, signal) => {
        const id = await findJobId(opened.jobs, given);
        await opened.jobs.retry(id);
        if (opened.isOwn) await followJob(context, opened, id, options, signal);
        else {
          const watch = toCommand(`watch ${id}`, options);
          context.stderr.write(`job ${id} is queued again; ${watch} follows it\n`);
        }
      });
    });
  sub('cancel', 'cancel a job, also what is being analysed')
    .argument('<id>', 'as submit prints it')
    .action(async (given: string, options: ConnectionOptions) => {
      await withJobs(context, options, { works: false }, async ({ jobs: opened }) => {
        const id = await findJobId(opened, given);
        await opened.cancel(id);
        context.stderr.write(`job ${id} is cancelled\n`);
      });
    });
  sub('backup', 'copy the embedded database and its files, also while a service runs')
    .argument(
      '<file>',
      'archive to write (.tar.gz); unpacked into an empty folder, that folder is one for --data',
    )
    .action(async (file: string, options: ConnectionOptions) => {
      await withJobs(context, options, { works: false }, async ({ jobs: opened }) => {
        await writeTo(context, file, await opened.backUp());
      });
    });
  return jobs;
}

async function writeTo({ stderr }: CommandContext, path: string, content: Readable): Promise<void> {
  await writeStream(path, content);
  stderr.write(`wrote ${path}\n`);
}

async function submit(
  context: CommandContext,
  sources: readonly string[],
  options: SubmitOptions,
): Promise<void> {
  const { every, from, to, model, idempotencyKey, watch = false } = options;
  const { files, urls, missing, notes } = await findUploads(sources);
  for (const note of notes) context.stderr.write(`mien: ${note}\n`);
  for (const error of missing) {
    printError(context, error);
    context.fail(1);
  }
  if (files.length === 0 && urls.length === 0) return;
  if (files.length > 0 && urls.length > 0) {
    throw new MienError('USAGE', `${urls[0]}: submit addresses and files as two jobs`);
  }
  const settings = {
    ...(every !== undefined && { everyMs: every }),
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    ...(model !== undefined && { model }),
  };
  await withJobs(context, options, { works: true }, async (opened, signal) => {
    const { id } = await opened.jobs.submit({ settings, files, urls, idempotencyKey });
    context.stdout.write(`${id}\n`);
    if (opened.isOwn || watch) await followJob(context, opened, id, options, signal);
  });
}
