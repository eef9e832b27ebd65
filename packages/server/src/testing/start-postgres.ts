/** A PostgreSQL server of its own for a test: a new cluster in a folder, on a free port. */
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian and others put the programs; `PATH` often lacks initdb. */
function findPrograms(): string | undefined {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, 'bin')) : [];
  return ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', ...folders].find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
}

const PROGRAMS = findPrograms();
export const HAS_POSTGRES = PROGRAMS !== undefined;

export interface TestPostgres {
  readonly url: string;
  stop(): void;
}

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-postgres-'));
  const data = join(folder, 'data');
  const user = findUser();
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const port = await findPort();
  const run = (program: string, ...args: readonly string[]) => {
    const { status, stderr, stdout } = spawnSync(join(PROGRAMS ?? '', program), args, {
      ...user,
      cwd: folder,
      encoding: 'utf8',
      // Waits for the pipes otherwise, which the server keeps open.
      stdio: program === 'pg_ctl' ? 'ignore' : 'pipe',
    });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}${stdout}`);
  };
  run('initdb', '--pgdata', data, '--username', 'mien', '--auth', 'trust', '--no-sync');
  const options = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  run('pg_ctl', '--pgdata', data, '--wait', '--log', join(folder, 'log'), '--options', options, 'start');
  return {
    url: `postgresql://mien@127.0.0.1:${port}/postgres`,
    stop() {
      run('pg_ctl', '--pgdata', data, '--mode', 'immediate', '--wait', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** initdb refuses root. */
function findUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'postgres']).stdout));
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function findPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
