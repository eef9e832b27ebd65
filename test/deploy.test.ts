/** The files for operators in deploy/, as far as their tools are here: nothing is started in a cluster. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { openJobs } from '@mien/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { MIEN, runMien } from '../packages/cli/src/testing/run-mien.js';
import { writePortrait } from '../packages/node/src/testing/make-pictures.js';
import { HAS_POSTGRES, startPostgres } from '../packages/server/src/testing/start-postgres.js';

const DEPLOY = fileURLToPath(new URL('../deploy', import.meta.url));
const inDeploy = (path: string) => join(DEPLOY, path);
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}
const readYaml = async (path: string): Promise<unknown[]> =>
  parseAllDocuments(await readFile(inDeploy(path), 'utf8'), { merge: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });

/** Arrays of arguments that begin with one of our commands, anywhere in a document. */
function findCommands(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value) && ['serve', 'worker', 'keys', 'jobs'].includes(value[0] as string)) {
    return [value as string[]];
  }
  return Object.values(value).flatMap(findCommands);
}

const LINE = /\bmien ((?:serve|worker|keys|jobs)\b[^|)"\n]*)/g;
const NOT_OPTIONS = /[#;`].*$/;

describe('every command in deploy/', () => {
  let files: string[];
  const helps = new Map<string, string>();
  beforeAll(async () => {
    files = (await readdir(DEPLOY, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const command of ['serve', 'worker', 'keys create', 'jobs submit', 'jobs status']) {
      helps.set(command, (await runMien([...command.split(' '), '--help'])).stdout);
    }
  });

  it('is one of ours, with options that it has', async () => {
    const commands: string[][] = [];
    for (const file of files) {
      const content = await readFile(file, 'utf8');
      const lines = [...content.matchAll(LINE)].map(([, line = '']) => line.replace(NOT_OPTIONS, ''));
      commands.push(...lines.map((line) => line.trim().split(/\s+/)));
      if (file.endsWith('.yaml')) commands.push(...findCommands(await readYaml(file.slice(DEPLOY.length))));
    }
    // Prose about `mien worker` has no options.
    const withOptions = commands.filter((words) => words.some((word) => word.startsWith('--')));
    expect(withOptions.length).toBeGreaterThanOrEqual(9);
    for (const words of withOptions) {
      const name = helps.has(words[0] ?? '') ? words[0] : words.slice(0, 2).join(' ');
      const help = helps.get(name ?? '');
      expect(help, words.join(' ')).toBeDefined();
      for (const option of words.filter((word) => word.startsWith('--'))) {
        expect(help, words.join(' ')).toMatch(new RegExp(`${option}\\b`));
      }
    }
  });
});

describe('kubernetes/', () => {
  it('refers only to what it defines or says to create', async () => {
    const manifests = [
      ...(await readYaml('kubernetes/mien.yaml')),
      ...(await readYaml('kubernetes/autoscaling.yaml')),
    ] as Manifest[];
    const names = (kind: string) =>
      manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    const text = JSON.stringify(manifests);
    const all = (key: string) =>
      [...text.matchAll(new RegExp(`"${key}":"([^"]*)"`, 'g'))].map(([, name]) => name);
    expect(new Set(all('claimName'))).toEqual(new Set(names('PersistentVolumeClaim')));
    expect(new Set(all('secretName'))).toEqual(new Set(['mien']));
    expect(names('Deployment')).toEqual(['mien-service', 'mien-worker']);
    const scaled = manifests.find(({ kind }) => kind === 'ScaledObject');
    expect(scaled?.spec).toMatchObject({ scaleTargetRef: { name: 'mien-worker' } });
    expect(JSON.stringify(scaled)).toContain(
      `"authenticationRef":{"name":"${names('TriggerAuthentication')[0] ?? ''}"}`,
    );
    for (const { spec } of manifests.filter(({ kind }) => kind === 'Deployment')) {
      expect(spec).toMatchObject({
        template: {
          metadata: { labels: (spec['selector'] as { matchLabels: object }).matchLabels },
          spec: {
            securityContext: { runAsNonRoot: true },
            containers: [
              { securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false } },
            ],
          },
        },
      });
    }
  });
});

interface Package {
  readonly private?: boolean;
  readonly dependencies?: Record<string, string>;
}

describe('Containerfile', () => {
  it('leaves out private packages, and none that the command or the service needs', async () => {
    const root = join(DEPLOY, '..');
    const { workspaces } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      workspaces: string[];
    };
    const packages = new Map<string, Package>();
    for (const folder of workspaces.map((pattern) => join(root, pattern.replace(/\/\*$/, '')))) {
      for (const name of await readdir(folder)) {
        const content = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined);
        if (content === undefined) continue;
        const one = JSON.parse(content) as Package & { name: string };
        packages.set(one.name, one);
      }
    }
    const leftOut = [
      ...(await readFile(inDeploy('Containerfile'), 'utf8')).matchAll(/packages\/mien-([a-z-]+)-\*/g),
    ].map(([, name]) => `@mien/${name ?? ''}`);
    const needed = new Set(['@mien/cli', '@mien/server']);
    for (const name of needed) {
      for (const other of Object.keys(packages.get(name)?.dependencies ?? {}))
        if (packages.has(other)) needed.add(other);
    }
    expect(leftOut.filter((name) => needed.has(name) || !packages.has(name))).toEqual([]);
    const privates = [...packages].filter(([, one]) => one.private === true).map(([name]) => name);
    expect(privates.filter((name) => !leftOut.includes(name))).toEqual([]);
  });
});

describe('tools of others', () => {
  it.skipIf(!has('systemd-analyze', '--version'))('systemd takes the units, and calls them safe', () => {
    for (const unit of ['mien.service', 'mien-worker.service']) {
      const path = inDeploy(`systemd/${unit}`);
      const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
      expect(verified).toMatchObject({ status: 0, stderr: '' });
      // 0 is safest, 10 is not.
      const args = ['security', '--offline=true', '--threshold=20', path];
      expect(spawnSync('systemd-analyze', args, { encoding: 'utf8' }).status, unit).toBe(0);
    }
  });

  it.skipIf(!has('docker-compose', '--version'))(
    'Compose takes its file (skipped without docker-compose)',
    () => {
      const env = { ...process.env, POSTGRES_PASSWORD: 'x' };
      const args = ['--file', inDeploy('compose.yaml'), 'config', '--quiet'];
      expect(spawnSync('docker-compose', args, { env, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
      const without = { ...env, POSTGRES_PASSWORD: undefined };
      expect(spawnSync('docker-compose', args, { env: without }).status).not.toBe(0);
    },
  );

  it.skipIf(!has('shellcheck', '--version'))(
    'ShellCheck has nothing to say (skipped without shellcheck)',
    () => {
      expect(spawnSync('shellcheck', [inDeploy('slurm/mien-workers.sh')], { encoding: 'utf8' }).stdout).toBe(
        '',
      );
    },
  );
});

describe.skipIf(!HAS_POSTGRES)('slurm/ (skipped where no PostgreSQL is installed)', () => {
  let folder: string;
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-slurm-'));
    postgres = await startPostgres();
    // As npm installs it.
    await mkdir(join(folder, 'bin'));
    await symlink(MIEN, join(folder, 'bin/mien'));
  }, 90_000);
  afterAll(async () => {
    postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** In a process group of its own, as Slurm starts it. */
  const startScript = (storeFolder: string, pollSeconds = '1') =>
    spawn('bash', [inDeploy('slurm/mien-workers.sh')], {
      env: {
        ...process.env,
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: folder,
        MIEN_DATABASE: postgres.url,
        MIEN_STORE: storeFolder,
        MIEN_POLL_SECONDS: pollSeconds,
        SLURM_CPUS_PER_TASK: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });

  /** What KEDA divides by `targetQueryValue`, from the same database. */
  const countForKeda = async () => {
    const query = /query: >-\n((?: {10}.*\n)+)/.exec(
      await readFile(inDeploy('kubernetes/autoscaling.yaml'), 'utf8'),
    );
    return spawnSync('psql', [postgres.url, '-Atc', query?.[1] ?? ''], { encoding: 'utf8' }).stdout;
  };

  it('works on what waits, and ends when nothing does', async () => {
    const place = { kind: 'server', url: postgres.url, storeFolder: join(folder, 'store') } as const;
    const { jobs, close } = await openJobs({ at: place, concurrency: 0, onProblem: () => undefined });
    const path = join(folder, 'a.png');
    await writePortrait(path, 1);
    const { id } = await jobs.submit({ settings: {}, files: [{ name: 'a.png', path }] });
    expect(await countForKeda()).toBe('1\n');
    const child = startScript(place.storeFolder);
    const errors = text(child.stderr);
    const [code] = (await once(child, 'exit')) as [number | null];
    expect((await errors).replace(/^mien: Node .*\n/, '')).toBe('');
    expect(code).toBe(0);
    expect(await jobs.get(id)).toMatchObject({ state: 'done', done: 1, failed: 0 });
    expect(await countForKeda()).toBe('0\n');
    await close(0);
  });

  // 600 s: longer than the test may take, so the script must not wait for its pause.
  it.each(['script', 'job'])('ends in good order when Slurm ends the %s', async (target) => {
    const child = startScript(join(folder, 'store'), '600');
    const errors = text(child.stderr);
    await waitForLine(child.stdout, 'Mien worker: ready');
    // `scancel --batch --signal=TERM` and the end of the time reach the script, `scancel` all processes of the job.
    process.kill((child.pid ?? 0) * (target === 'job' ? -1 : 1), 'SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect((await errors).replace(/^mien: Node .*\n/, '')).toBe('');
    expect(code).toBe(0);
  });
});

async function waitForLine(stream: Readable, start: string): Promise<void> {
  for await (const line of createInterface({ input: stream })) if (line.startsWith(start)) return;
  throw new Error(`ended without a line that begins with: ${start}`);
}
