/**
 * Every package is packed, installed by npm into an empty folder, and used from there, as by a user.
 *
 * No network is needed: third-party packages are copied from this workspace, and npm installs ours from their tarballs. The
 * core is also installed alone into a second folder.
 */
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core';
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
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExamples, toCommonJs } from './pack/readme-examples.js';
import { SIZE_CEILINGS } from './pack/size-ceilings.js';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly sideEffects?: boolean | readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Tarball {
  readonly path: string;
  /** Paths inside. */
  readonly files: readonly string[];
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

const INSTALL_TIMEOUT_MS = 300_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const readPackage = (folder: string) => readJson(join(folder, 'package.json')) as PackageJson;

/** The workspaces that are published. */
const PACKAGES = ['packages', 'models', 'apps']
  .filter((group) => existsSync(join(ROOT, group)))
  .flatMap((group) => readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, ...readPackage(folder) }))
  .filter((it) => it.private !== true);
const MODELS = PACKAGES.filter(({ folder }) => folder.startsWith(join(ROOT, 'models')));

/** Entry points that only a page can load. */
const FOR_PAGES = new Set(['@mien/web']);

let temporary: string;
/** The folder with all packages, and the one with only the core. */
let app: string;
let coreOnly: string;
/** By package name. */
const tarballs = new Map<string, Tarball>();

beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'mien-pack-'));
  for (const { folder, name } of PACKAGES) {
    const output = npm(folder, 'pack', '--json', '--ignore-scripts', '--pack-destination', temporary);
    const [packed] = JSON.parse(output) as [
      { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
    ];
    tarballs.set(name, {
      path: join(temporary, packed.filename),
      files: packed.files.map(({ path }) => path),
      packedBytes: packed.size,
      unpackedBytes: packed.unpackedSize,
    });
  }
  app = emptyProject('app');
  for (const name of thirdParties()) copyInstalled(name);
  npm(app, 'install', '--offline', '--ignore-scripts', ...[...tarballs.values()].map(({ path }) => path));
  // What the examples read.
  const portrait = join(ROOT, 'examples/eileen-collins.png');
  cpSync(portrait, join(app, 'examples/eileen-collins.png'));
  await sharp(portrait).jpeg().toFile(join(app, 'portrait.jpg'));

  coreOnly = emptyProject('core-only');
  npm(coreOnly, 'install', '--offline', '--ignore-scripts', tarballOf('@mien/core').path);
}, INSTALL_TIMEOUT_MS);

afterAll(() => {
  rmSync(temporary, { recursive: true, force: true });
}, INSTALL_TIMEOUT_MS);

function tarballOf(name: string): Tarball {
  const tarball = tarballs.get(name);
  if (tarball === undefined) throw new Error(`${name} was not packed`);
  return tarball;
}

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

/**
 * What "Are the types wrong?" finds in every package that holds ES modules alone, and we accept: TypeScript's old
 * `node10` resolution knows no subpath exports, and `require` of an ES module works in every Node that we support
 * (20.19), which the tool does not know.
 */
function isAccepted(problem: Problem): boolean {
  switch (problem.kind) {
    case 'NoResolution':
      return problem.resolutionKind === 'node10';
    case 'CJSResolvesToESM':
      return true;
    default:
      return false;
  }
}

describe.each(PACKAGES)('$name', (json) => {
  const { folder, name, exports = {}, bin = {} } = json;
  const installed = () => join(app, 'node_modules', name);

  test('the tarball holds its licence and README, no test, no source and no leftover of the build', () => {
    const { files } = tarballOf(name);
    expect(files).toContain('LICENSE');
    expect(files).toContain('README.md');
    expect(files.filter((path) => /[.]test[.]|^src\/|\btesting\/|tsbuildinfo|golden/.test(path))).toEqual([]);
  });

  test('package.json says what npm shows and what bundlers need', () => {
    expect(json.type).toBe('module');
    // Bundlers ask it of what can be imported.
    if (json.exports !== undefined) expect(json.sideEffects).toBeDefined();
    expect(json.description).toMatch(/^\S.*[.]$/);
    expect(json.keywords?.length).toBeGreaterThanOrEqual(3);
    expect(json.version).toBe(PACKAGES[0]?.version);
    const siblings = Object.entries(json.dependencies ?? {}).filter(([key]) => key.startsWith('@mien/'));
    expect(siblings.filter(([, version]) => version !== json.version)).toEqual([]);
  });

  test('publint has nothing to say', async () => {
    const bytes = readFileSync(tarballOf(name).path);
    const tarball = Uint8Array.from(bytes).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, level: 'suggestion', strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test.runIf(Object.keys(exports).length > 0)('types resolve as the code does', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarballOf(name).path)));
    if (result.types === false) throw new Error('no types found');
    expect(result.problems.filter((problem) => !isAccepted(problem))).toEqual([]);
  });

  test('source maps lead somewhere: they are there when named, and carry their sources', () => {
    const lost = [];
    for (const path of tarballOf(name).files) {
      const text = () => readFileSync(join(installed(), path), 'utf8');
      if (/[.](js|d[.]ts)$/.test(path)) {
        const map = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(text())?.[1];
        if (map !== undefined && !existsSync(join(installed(), dirname(path), map))) lost.push(path);
      }
      if (path.endsWith('.map')) {
        const { sources, sourcesContent = [] } = JSON.parse(text()) as {
          sources: string[];
          sourcesContent?: (string | null)[];
        };
        const missing = sources.filter(
          (source, index) =>
            typeof sourcesContent[index] !== 'string' &&
            !existsSync(join(installed(), normalize(join(dirname(path), source)))),
        );
        lost.push(...missing.map((source) => `${path}: ${source}`));
      }
    }
    expect(lost).toEqual([]);
  });

  test('declarations hold no data', () => {
    const declarations = tarballOf(name).files.filter((path) => path.endsWith('.d.ts'));
    const withData = declarations.filter((path) =>
      /[\w+/=]{500}/.test(readFileSync(join(installed(), path), 'utf8')),
    );
    expect(withData).toEqual([]);
  });

  test('is no larger than decided', () => {
    const ceiling = SIZE_CEILINGS[name];
    if (ceiling === undefined) throw new Error(`${name} has no ceiling in test/pack/size-ceilings.ts`);
    const { packedBytes, unpackedBytes } = tarballOf(name);
    expect(packedBytes, 'packed').toBeLessThanOrEqual(ceiling.packedBytes);
    expect(unpackedBytes, 'unpacked').toBeLessThanOrEqual(ceiling.unpackedBytes);
    // A ceiling far above says nothing.
    expect(packedBytes, 'packed: lower the ceiling').toBeGreaterThan(ceiling.packedBytes / 2);
  });

  test.each(Object.keys(exports).filter((key) => key.endsWith('.json')))('export %s is JSON', (key) => {
    expect(readJson(join(installed(), key))).toBeTypeOf('object');
  });

  const entries = FOR_PAGES.has(name)
    ? []
    : Object.keys(exports).filter((key) => !key.includes('*') && !key.endsWith('.json'));
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

  test.each(entries)('export %s is for `require` too', (key) => {
    const script = `console.log(Object.keys(require(${JSON.stringify(name + key.slice(1))})).length)`;
    const { status, stdout, stderr } = run(app, process.execPath, '--input-type=commonjs', '--eval', script);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  test.each(Object.keys(bin))('has a command %s that prints only its version', (command) => {
    const result = run(app, join(app, 'node_modules', '.bin', command), '--version');
    expect(result).toEqual({ status: 0, stdout: `${readPackage(folder).version}\n`, stderr: '' });
  });

  describe('README', () => {
    const path = join(folder, 'README.md');
    const readme = existsSync(path) ? readFileSync(path, 'utf8') : '';

    test('begins with the name and shows an example', () => {
      expect([`# ${name}`, '# Mien Studio']).toContain(readme.split('\n')[0]);
      expect(readme).toMatch(/^```(js|jsx|html|sh)$/m);
    });

    const examples = readExamples(readme).filter(
      ({ code }) => ![...FOR_PAGES].some((it) => code.includes(`'${it}'`)),
    );
    test.each(examples)('the example at line $line runs and prints what is shown', ({ code, output }) => {
      const programs = [
        ['example.mjs', code],
        ['example.cjs', toCommonJs(code)],
      ] as const;
      for (const [file, text] of programs) {
        writeFileSync(join(app, file), text);
        const { status, stdout, stderr } = run(app, process.execPath, file);
        expect({ file, status, stderr }).toEqual({ file, status: 0, stderr: '' });
        if (output !== undefined) expect(stdout.trimEnd()).toBe(output.trimEnd());
      }
    });
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

describe('@mien/node', () => {
  test('has declarations that compile, checked as part of a strict program', () => {
    const program = `
      import { createAnalyzer } from '@mien/node';
      await using mien = await createAnalyzer();
      for await (const { faces } of mien.frames('talk.mp4')) {
        for (const { id, smoothed } of faces) console.log(id, smoothed?.expression);
      }
    `;
    writeFileSync(join(app, 'program.mts'), program);
    const [tsc, types] = ['typescript/bin/tsc', '@types'].map((path) => join(ROOT, 'node_modules', path));
    const result = run(
      app,
      ...([process.execPath, tsc!, '--noEmit', '--strict', '--target', 'es2022'] as const),
      ...['--module', 'nodenext', '--typeRoots', types!, '--types', 'node', 'program.mts'],
      // As Node programs have it: without the DOM's types.
      ...['--lib', 'es2023,esnext.disposable'],
    );
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
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
