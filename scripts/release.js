// Steps of a release; see .github/RELEASING.md.
//
//   node scripts/release.js version 1.2.3      writes the version into every package and into what they depend on
//   node scripts/release.js check v1.2.3       fails unless tag, packages and CHANGELOG.md say the same version
//   node scripts/release.js repository URL     writes the repository's address into every package
//   node scripts/release.js publish            publishes what is not on npm yet, dependencies first
// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} PackageJson
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {Record<string, string>} [dependencies]
 * @property {unknown} [repository]
 */
/** @typedef {{ path: string, folder: string, json: PackageJson }} Package */

const KINDS = /** @type {const} */ (['dependencies', 'devDependencies', 'peerDependencies']);
const VERSION = /^\d+[.]\d+[.]\d+(-[\w.]+)?$/;

/**
 * Every workspace, the private ones too.
 *
 * @param {string} root
 * @returns {Package[]}
 */
export function readPackages(root) {
  return ['packages', 'models', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const path = join(root, folder, 'package.json');
      return { path, folder, json: JSON.parse(readFileSync(path, 'utf8')) };
    });
}

/** @param {Package} it */
const write = ({ path, json }) => writeFileSync(path, `${JSON.stringify(json, undefined, 2)}\n`);

/** @param {string} root @param {string} version */
export function setVersion(root, version) {
  if (!VERSION.test(version)) throw new Error(`${version} is not a version such as 1.2.3`);
  const packages = readPackages(root);
  const ours = new Set(packages.map(({ json }) => json.name));
  for (const it of packages) {
    it.json.version = version;
    for (const kind of KINDS) {
      const dependencies = /** @type {Record<string, Record<string, string> | undefined>} */ (
        /** @type {unknown} */ (it.json)
      )[kind];
      for (const name of Object.keys(dependencies ?? {})) {
        if (dependencies !== undefined && ours.has(name)) dependencies[name] = version;
      }
    }
    write(it);
  }
}

/**
 * What does not fit a tag; nothing when all agrees.
 *
 * @param {string} root @param {string} tag
 */
export function findDisagreements(root, tag) {
  const version = tag.replace(/^v/, '');
  const packages = readPackages(root);
  const ours = new Set(packages.map(({ json }) => json.name));
  const changelog = join(root, 'CHANGELOG.md');
  const text = existsSync(changelog) ? readFileSync(changelog, 'utf8') : '';
  const heading = new RegExp(`^## \\[?${version.replaceAll('.', '[.]')}(?![\\w.-])`, 'm');
  return [
    ...(tag === `v${version}` && VERSION.test(version) ? [] : [`the tag ${tag} is not v and a version`]),
    ...packages
      .filter(({ json }) => json.version !== version)
      .map(({ json }) => `${json.name} has version ${json.version}`),
    ...packages.flatMap(({ json }) =>
      Object.entries(json.dependencies ?? {})
        .filter(([name, wanted]) => ours.has(name) && wanted !== version)
        .map(([name, wanted]) => `${json.name} depends on ${name} ${wanted}`),
    ),
    ...(heading.test(text) ? [] : [`CHANGELOG.md has no heading ## ${version}`]),
  ];
}

/**
 * `https://github.com/owner/name` into every package, where npm's page and its provenance look for it.
 *
 * @param {string} root @param {string} url
 */
export function setRepository(root, url) {
  if (!/^https:\/\/[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(url))
    throw new Error(`${url} is not the address of a repository`);
  const bare = url.replace(/[.]git$/, '');
  for (const it of readPackages(root)) {
    Object.assign(it.json, {
      homepage: `${bare}/tree/main/${it.folder}#readme`,
      bugs: `${bare}/issues`,
      repository: { type: 'git', url: `git+${bare}.git`, directory: it.folder },
    });
    write(it);
  }
}

/**
 * Packages in an order in which each comes after those that it depends on.
 *
 * @param {readonly Package[]} packages
 */
export function inOrderOfDependencies(packages) {
  const byName = new Map(packages.map((it) => [it.json.name, it]));
  /** @type {Set<Package>} */
  const ordered = new Set();
  /** @param {Package} it */
  const visit = (it) => {
    for (const name of Object.keys(it.json.dependencies ?? {})) {
      const dependency = byName.get(name);
      if (dependency !== undefined && !ordered.has(dependency)) visit(dependency);
    }
    ordered.add(it);
  };
  packages.forEach(visit);
  return [...ordered];
}

/** @param {string} root */
function publish(root) {
  for (const { json, folder } of inOrderOfDependencies(readPackages(root))) {
    if (json.private === true) continue;
    if (isPublished(json)) {
      console.log(`${json.name} ${json.version} is on npm already`);
      continue;
    }
    const args = ['publish', '--access', 'public', '--ignore-scripts'];
    execFileSync('npm', args, { cwd: join(root, folder), stdio: 'inherit' });
  }
}

/** @param {PackageJson} json */
function isPublished({ name, version }) {
  try {
    execFileSync('npm', ['view', `${name}@${version}`, 'version'], { stdio: 'pipe' });
    return true;
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: Buffer }} */ (error);
    if (stderr?.includes('E404')) return false;
    throw error;
  }
}

/** @param {string | undefined} step @param {string | undefined} argument */
function main(step, argument = '') {
  const root = fileURLToPath(new URL('..', import.meta.url));
  switch (step) {
    case 'version':
      setVersion(root, argument);
      execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], {
        cwd: root,
        stdio: 'inherit',
      });
      return 0;
    case 'check': {
      const problems = findDisagreements(root, argument);
      for (const problem of problems) console.error(problem);
      return problems.length === 0 ? 0 : 1;
    }
    case 'repository':
      setRepository(root, argument);
      return 0;
    case 'publish':
      publish(root);
      return 0;
    default:
      console.error('usage: node scripts/release.js version 1.2.3 | check v1.2.3 | repository URL | publish');
      return 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv[2], process.argv[3]);
