/** Installs our packages as users do: packed by npm and unpacked into node_modules. Other packages are linked. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readPackage = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;

/** Folders of our packages, by name. */
const WORKSPACES = new Map(
  ['packages', 'models'].flatMap((group) =>
    readdirSync(join(ROOT, group))
      .map((folder) => join(ROOT, group, folder))
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map((folder) => [readPackage(folder).name, folder] as const),
  ),
);

export interface Installation {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Installs a package and its dependencies into an empty folder.
 *
 * @param third names of other packages to link
 */
export async function install(name: string, third: readonly string[] = []): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'mien-installation-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  const ours = new Set<string>();
  const visit = (one: string): void => {
    const workspace = WORKSPACES.get(one);
    if (workspace === undefined) {
      link(one, modules);
      return;
    }
    if (ours.has(one)) return;
    ours.add(one);
    Object.keys(readPackage(workspace).dependencies ?? {}).forEach(visit);
  };
  [name, ...third].forEach(visit);

  const output = execFileSync(
    'npm',
    [
      'pack',
      '--json',
      '--ignore-scripts',
      '--pack-destination',
      folder,
      ...[...ours].flatMap((one) => ['--workspace', one]),
    ],
    { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' },
  );
  for (const { name: packed, filename } of JSON.parse(output) as { name: string; filename: string }[]) {
    const target = join(modules, packed);
    mkdirSync(target, { recursive: true });
    const tarball = join(folder, filename);
    execFileSync('tar', ['--extract', '--file', tarball, '--directory', target, '--strip-components', '1']);
    rmSync(tarball);
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

function link(name: string, modules: string): void {
  const target = join(modules, name);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), target);
}
