/**
 * Every package is packed, installed by npm into an empty folder, and used from there, as by a user.
 *
 * No network is needed: third-party packages are copied from this workspace, and npm installs ours from their tarballs. The
 * core is also installed alone into a second folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const INSTALL_TIMEOUT_MS = 300_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const readPackage = (folder: string) => readJson(join(folder, 'package.json')) as PackageJson;

/** The workspaces that are published. */
const PACKAGES = ['packages', 'models']
  .filter((group) => existsSync(join(ROOT, group)))
  .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, ...readPackage(folder) }))
  .filter((it) => it.private !== true);
const MODELS = PACKAGES.filter(({ folder }) => folder.startsWith(join(ROOT, 'models')));

let temporary: string;
/** The folder with all packages, and the one with only the core. */
let app: string;
let coreOnly: string;
/** Paths inside each tarball, by package name. */
const contents = new Map<string, readonly string[]>();

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'mien-pack-'));
  const tarballs = new Map<string, string>();
  for (const { folder, name } of PACKAGES) {
    const output = npm(folder, 'pack', '--json', '--ignore-scripts', '--pack-destination', temporary);
    const [packed] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
    tarballs.set(name, join(temporary, packed.filename));
    contents.set(
      name,
      packed.files.map(({ path }) => path),
    );
  }
  app = emptyProject('app');
  for (const name of thirdParties()) copyInstalled(name);
  npm(app, 'install', '--offline', '--ignore-scripts', ...tarballs.values());

  coreOnly = emptyProject('core-only');
  npm(coreOnly, 'install', '--offline', '--ignore-scripts', tarballs.get('@mien/core') ?? '');
}, INSTALL_TIMEOUT_MS);

afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
});

function npm(folder: string, ...args: readonly string[]): string {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

function emptyProject(name: string): string {
  const folder = join(temporary, name);
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  return folder;
}

/** Names of the third-party packages that ours depend on, including their own dependencies. */
function thirdParties(): Set<string> {
  const names = new Set<string>();
  const visit = ({ dependencies, optionalDependencies }: PackageJson): void => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const folder = join(ROOT, 'node_modules', name);
      // Not installed: one of ours, or for another platform.
      if (name.startsWith('@mien/') || names.has(name) || !existsSync(folder)) continue;
      names.add(name);
      visit(readPackage(folder));
    }
  };
  PACKAGES.forEach(visit);
  return names;
}

/** Copies an installed package with the links to its commands, without which npm would download it again. */
function copyInstalled(name: string): void {
  cpSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name), { recursive: true });
  const { bin = {} } = readPackage(join(app, 'node_modules', name));
  for (const [command, script] of Object.entries(bin)) {
    symlinkSync(join('..', name, script), join(app, 'node_modules', '.bin', command));
  }
}

/** Runs a program in a folder; `stderr` carries Node's warnings too. */
function run(folder: string, program: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const importAndCount = (specifier: string) =>
  `const exports = await import(${JSON.stringify(specifier)}); console.log(Object.keys(exports).length);`;

describe.each(PACKAGES)('$name', ({ folder, name, exports = {}, bin = {} }) => {
  test('has a tarball with its licence, and without tests, sources and build files', () => {
    const files = contents.get(name) ?? [];
    expect(files).toContain('LICENSE');
    expect(files.filter((path) => /[.]test[.]|^src\/|tsbuildinfo|golden/.test(path))).toEqual([]);
  });

  test.each(Object.keys(exports).filter((key) => key.endsWith('.json')))('export %s is JSON', (key) => {
    const path = join(app, 'node_modules', name, key);
    expect(readJson(path)).toBeTypeOf('object');
  });

  const entries = Object.keys(exports).filter((key) => !key.includes('*') && !key.endsWith('.json'));
  test.each(entries)('imports %s without output on stderr', (key) => {
    const { status, stdout, stderr } = run(
      app,
      process.execPath,
      '--input-type=module',
      '--eval',
      importAndCount(name + key.slice(1)),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  test.each(Object.keys(bin))('has a command %s that prints only its version', (command) => {
    const result = run(app, join(app, 'node_modules', '.bin', command), '--version');
    expect(result).toEqual({ status: 0, stdout: `${readPackage(folder).version}\n`, stderr: '' });
  });
});

describe('@mien/core', () => {
  test('has no dependencies', () => {
    const { dependencies, optionalDependencies, peerDependencies } = readPackage(
      join(coreOnly, 'node_modules', '@mien', 'core'),
    );
    expect({ ...dependencies, ...optionalDependencies, ...peerDependencies }).toEqual({});
    expect(readdirSync(join(coreOnly, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      '@mien',
    ]);
  });

  test('works without other packages', () => {
    const script = `
      import { MienError } from '@mien/core';
      import { createNetwork, GraphBuilder } from '@mien/core/nn';
      const g = new GraphBuilder('tiny', [2, 2, 1]);
      const graph = g.build(g.softmax(g.dense(g.flatten(g.input), { units: 2, useBias: false })));
      const weights = new Map([['dense_1/kernel', { shape: [4, 2], data: new Float32Array(8) }]]);
      const network = await createNetwork(graph, weights);
      console.log(typeof MienError, ...network.predict(new Float32Array(4), 1));
    `;
    const result = run(coreOnly, process.execPath, '--input-type=module', '--eval', script);
    expect(result).toEqual({ status: 0, stdout: 'function 0.5 0.5\n', stderr: '' });
  });
});

describe.each(MODELS)('$name', ({ name }) => {
  test('contains the files of its manifest, byte for byte', () => {
    const folder = join(app, 'node_modules', name);
    const { weights } = readJson(join(folder, 'manifest.json')) as {
      weights: { file: string; sha256: string };
    };
    const sha256 = createHash('sha256')
      .update(readFileSync(join(folder, weights.file)))
      .digest('hex');
    expect(sha256).toBe(weights.sha256);
  });
});
