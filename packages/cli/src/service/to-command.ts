/** The commands of hints: they lead to the same jobs as the command that prints them. */
import type { ConnectionOptions } from './connect-jobs.js';

/**
 * `mien jobs result 3f0c… --data runs`; keys and passwords are left for the reader to fill in, and what the environment says
 * is left out.
 *
 * @param words after `mien jobs`
 */
export function toCommand(
  words: string,
  { data, database, store, server, key }: Partial<ConnectionOptions>,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const given = {
    data,
    database: database === environment['MIEN_DATABASE'] ? undefined : withoutPassword(database),
    store,
    server,
    key: key === environment['MIEN_KEY'] ? undefined : 'KEY',
  };
  const options = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quote(value)}`],
  );
  return ['mien jobs', words, ...options].join(' ');
}

function withoutPassword(url: string | undefined): string | undefined {
  return url?.replace(/(:\/\/[^:@/]*):[^@/]*@/, '$1:PASSWORD@');
}

/** For the shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
