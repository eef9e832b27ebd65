/** `--data`, `--database` and `--store`: where jobs and their files are kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MienError } from '@mien/core';
import type { Place } from '@mien/server';
import { Option, type Command } from 'commander';

export interface PlaceOptions {
  readonly data?: string;
  readonly database?: string;
  readonly store?: string;
}

export const PLACE_HELP = `
Jobs are kept in an embedded database in the folder --data; it belongs to one process at a time, and survives a process
that is killed, but not a power cut. For several machines use a PostgreSQL server with --database, and a folder that all
of them share, or s3://bucket/prefix, with --store.`;

export function addPlaceOptions(command: Command): Command {
  return command
    .option('--data <folder>', `folder of the embedded database (default: ${defaultFolder()})`)
    .addOption(
      new Option('--database <url>', 'PostgreSQL server: postgresql://user@host/name').env('MIEN_DATABASE'),
    )
    .option('--store <place>', 'with --database: the shared folder for files, or s3://bucket/prefix');
}

/** @throws MienError `USAGE` */
export function toPlace({ data, database, store }: PlaceOptions): Place {
  if (database === undefined) {
    if (store !== undefined) throw new MienError('USAGE', '--store: belongs to --database; use --data alone');
    return { kind: 'folder', folder: data ?? defaultFolder() };
  }
  if (data !== undefined) throw new MienError('USAGE', '--data and --database: use one of them');
  if (store === undefined) {
    throw new MienError(
      'USAGE',
      '--database: needs --store as well, a folder that all machines share or s3://bucket/prefix',
    );
  }
  return { kind: 'server', url: database, storeFolder: store };
}

/** Ref: XDG Base Directory Specification, and what macOS and Windows use in its place. */
export function defaultFolder(environment = process.env, platform = process.platform): string {
  const home = homedir();
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'mien');
    case 'win32':
      return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'mien');
    default:
      return join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'mien');
  }
}
