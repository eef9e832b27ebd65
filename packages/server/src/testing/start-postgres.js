// A PostgreSQL server of its own for a test or a soak: a new cluster in a folder, on a free port.
// @ts-check
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian and others put the programs; `PATH` often lacks initdb. */
function findPrograms() {
  const versions = '/usr/lib/postgresql';
  const folders = existsSync(versions)
    ? readdirSync(versions).map((name) => join(versions, name, 'bin'))
    : [];
  return ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', ...folders].find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
}

const PROGRAMS = findPrograms();
export const HAS_POSTGRES = PROGRAMS !== undefined;

/**
 * @typedef {object} TestPostgres
 * @property {string} url
 * @property {() => void} restart ends it as a crash would, and starts it again
 * @property {() => void} stop
 */

/** @param {{ connections?: number }} [options] @returns {Promise<TestPostgres>} */
export async function startPostgres({ connections = 100 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mien-postgres-'));
  const data = join(folder, 'data');
  const user = findUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const port = await findPort();
  /**
   * @param {string} program
   * @param {readonly string[]} args
   */
  const run = (program, ...args) => {
    const { status, stderr } = spawnSync(join(PROGRAMS ?? '', program), args, {
      ...user,
      cwd: folder,
      encoding: 'utf8',
      // The server keeps the pipes of pg_ctl open.
      stdio: program === 'pg_ctl' ? 'ignore' : 'pipe',
    });
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  };
  run('initdb', '--pgdata', data, '--username', 'mien', '--auth', 'trust', '--no-sync');
  const options = `-c port=${port} -c max_connections=${connections} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  const start = () =>
    run('pg_ctl', '--pgdata', data, '--wait', '--log', join(folder, 'log'), '--options', options, 'start');
  const kill = () => run('pg_ctl', '--pgdata', data, '--mode', 'immediate', '--wait', 'stop');
  start();
  return {
    url: `postgresql://mien@127.0.0.1:${port}/postgres`,
    restart() {
      kill();
      start();
    },
    stop() {
      kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** initdb refuses root. */
function findUser() {
  if (process.getuid?.() !== 0) return undefined;
  const id = (/** @type {string} */ flag) => Number(spawnSync('id', [flag, 'postgres']).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

/** @returns {Promise<number>} */
function findPort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
