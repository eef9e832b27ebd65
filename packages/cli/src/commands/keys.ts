/** `mien keys`: who may use a service. */
import { join } from 'node:path';
import { MienError } from '@mien/core';
import { parseTime } from '@mien/node/sources';
import type { KeyFile, Scope } from '@mien/server';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import { loadServer } from '../service/load-server.js';
import { defaultFolder } from '../service/place-options.js';
import { toColumns } from '../terminal/print-columns.js';

interface FileOptions {
  readonly keys?: string;
  readonly data?: string;
}
interface CreateOptions extends FileOptions {
  readonly name: string;
  readonly scope: readonly Scope[];
  readonly expires?: number;
}

const SCOPES: readonly Scope[] = ['analyze', 'jobs', 'admin'];
const DAY_MS = 24 * 3600_000;

const HELP = `
A key is printed once; the file holds only its SHA-256. Send it as the header Authorization: Bearer KEY.

Scopes: analyze (pictures at once), jobs (submit, see and cancel one's own jobs), admin (the jobs of all, models,
backups, and metrics).

Examples:
  $ mien keys create --name lab
  $ mien keys create --name camera --scope analyze --expires 90d
  $ mien keys list
  $ mien keys revoke 0f3a9c1b2d4e`;

export function createKeysCommand(context: CommandContext): Command {
  const keys = new Command('keys')
    .description('create, list and revoke the keys of a service')
    .addHelpText('after', HELP);
  addFileOptions(keys.command('create').description('create a key and print it'))
    .requiredOption('--name <text>', 'what it is for')
    .addOption(
      new Option('--scope <names>', 'what it may do, joined by commas')
        .argParser(parseScopes)
        .default(['analyze', 'jobs'] satisfies Scope[], 'analyze,jobs'),
    )
    .option('--expires <time>', 'how long it is valid, such as 12h or 90d (default: for ever)', parseExpiry)
    .action(async (options: CreateOptions) => {
      const expiresAt = options.expires === undefined ? undefined : new Date(Date.now() + options.expires);
      const file = await openKeys(options);
      const { key } = await file.create({ name: options.name, scopes: options.scope, expiresAt });
      context.stdout.write(`${key}\n`);
    });
  addFileOptions(keys.command('list').description('list the keys')).action(async (options: FileOptions) => {
    const list = await (await openKeys(options)).list();
    if (list.length === 0) {
      context.stdout.write('there are no keys; mien keys create makes one\n');
      return;
    }
    const rows = list.map(({ id, name, scopes, createdAt, expiresAt = 'never' }) =>
      [id, name, scopes.join(','), createdAt.slice(0, 10), expiresAt.slice(0, 10)]); // prettier-ignore
    const heads = ['id', 'name', 'scopes', 'created', 'expires'].map((head) => ({ head }));
    context.stdout.write(toColumns(heads, rows));
  });
  addFileOptions(keys.command('revoke').description('revoke a key; running services notice at once'))
    .argument('<id>', 'as keys list shows it')
    .action(async (id: string, options: FileOptions) => {
      if (!(await (await openKeys(options)).revoke(id))) {
        throw new MienError('NOT_FOUND', `keys: there is no key ${id}; see mien keys list`);
      }
    });
  return keys;
}

function addFileOptions(command: Command): Command {
  return command
    .option('--keys <file>', 'file of keys (default: keys.json in the folder of --data)')
    .option('--data <folder>', 'folder of the service');
}

async function openKeys({ keys, data }: FileOptions): Promise<KeyFile> {
  const { openKeyFile } = await loadServer('keys');
  return openKeyFile(keys ?? join(data ?? defaultFolder(), 'keys.json'));
}

function parseScopes(text: string): readonly Scope[] {
  return text.split(',').map((name) => {
    const scope = SCOPES.find((known) => known === name.trim());
    if (scope === undefined)
      throw new InvalidArgumentError(`It must be names of ${SCOPES.join(', ')}, joined by commas.`);
    return scope;
  });
}

/** Days, or a time as elsewhere, in milliseconds. */
function parseExpiry(text: string): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined && Number(days) > 0) return Number(days) * DAY_MS;
  try {
    return parseTime(text);
  } catch {
    throw new InvalidArgumentError('It must be a time such as 12h or 90d.');
  }
}
