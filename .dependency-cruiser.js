// Imports go one way: apps → cli → server → web | node → results → train → formats → core's pipeline → stages → {image, geometry, nn, model} → backend →
// {types, errors}. A layer is a pattern of paths; a file may import from its own layer and from those below it.
// Checked over the whole graph by `npm run check`.
// @ts-check
import { builtinModules } from 'node:module';

/** The entry points of the core. */
const ENTRY_POINTS = '^packages/core/src/(index|nn/index|nn/compiler/index)[.]ts$';

/** From the top down. A file that no pattern matches is an error (rule `layer-unknown`). */
const LAYERS = [
  ['apps', '^apps/'],
  ['cli', '^packages/cli/'],
  ['server', '^packages/server/'],
  ['node and web', '^packages/(node|web)/'],
  ['results', '^packages/results/'],
  ['train', '^packages/train/'],
  ['formats', '^packages/formats/'],
  ['entry points', ENTRY_POINTS],
  [
    'pipeline',
    '^packages/core/src/(pipeline|analyzer|async-analyzer|reading|testing/brightness-model)[.]ts$',
  ],
  ['stages', '^packages/core/src/(detect|align|classify|quality|track|explain)/'],
  ['parts', '^packages/core/src/(image|geometry|nn|model|result[.]ts$)'],
  ['backend', '^packages/core/src/(backend|ports)/'],
  [
    'types and errors',
    '^packages/core/src/(errors|frame|is-record|check-options|argmax|sha256|from-base64|testing/test-random)[.]ts$',
  ],
];
const CORE = '^packages/core/src/';
/** What `@mien/train/session` is made of: small enough for a page without a bundler. */
const SESSION = '^packages/train/src/(session/|random[.]ts$|threads/)';
/** The one part of the trainer that may use Node. */
const TRAIN_NODE = '^packages/train/src/node/';
const NODE_MODULES = builtinModules.filter((name) => !name.startsWith('_'));
const TEST = '[.]test[.]ts$|^test/|^packages/kernels/test/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    // nn/index.ts and nn/compiler/index.ts are entry points, though they lie among the parts.
    ...LAYERS.slice(1).map(([name, path], index) => ({
      name: `upwards-from-${String(name).replaceAll(' ', '-')}`,
      comment: `${name} may not import from a layer above it (${LAYERS.slice(0, index + 1)
        .map(([above]) => above)
        .join(', ')})`,
      severity: /** @type {const} */ ('error'),
      from: { path, pathNot: name === 'parts' ? `${TEST}|${ENTRY_POINTS}` : TEST },
      to: { path: LAYERS.slice(0, index + 1).map(([, above]) => String(above)) },
    })),
    {
      name: 'layer-unknown',
      comment: 'every file of the core has a place in the order of layers (.dependency-cruiser.js)',
      severity: 'error',
      from: {},
      to: { path: CORE, pathNot: `${TEST}|${LAYERS.map(([, path]) => path).join('|')}` },
    },
    {
      name: 'core-stands-alone',
      comment: 'the core imports neither Node nor a package',
      severity: 'error',
      from: { path: CORE, pathNot: TEST },
      to: { dependencyTypesNot: ['local', 'localmodule', 'type-only'], pathNot: CORE },
    },
    {
      name: 'train-runs-in-pages',
      comment: 'nothing that an entry point for pages reaches may import Node or the files that do',
      severity: 'error',
      from: { path: '^packages/train/src/((session/|recipe/)?index|threads/web-thread)[.]ts$' },
      to: { path: `^(node:)?(${NODE_MODULES.join('|')})$|${TRAIN_NODE}`, reachable: true },
    },
    {
      name: 'node-in-train-only-in-its-folder',
      comment: 'only packages/train/src/node/ and tests may import Node',
      severity: 'error',
      from: { path: '^packages/train/src/', pathNot: `${TEST}|${TRAIN_NODE}|/testing/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'formats-run-in-pages',
      comment: 'model files are parsed from bytes, so that pages can too',
      severity: 'error',
      from: { path: '^packages/formats/src/', pathNot: `${TEST}|/(testing|golden)/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'session-stays-small',
      comment:
        '@mien/train/session may import the core and its own files: pages without a bundler load it as it is',
      severity: 'error',
      from: { path: SESSION, pathNot: TEST },
      to: { pathNot: `${SESSION}|^packages/core/dist/|^packages/train/dist/threads/web-threads` },
    },
    {
      name: 'results-run-anywhere',
      comment: 'results and model files are the same in a page as in Node: no module of Node',
      severity: 'error',
      from: { path: '^packages/(results|formats)/src/', pathNot: `${TEST}|/src/testing/|/golden/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'terminal-in-cli',
      comment: 'arguments and printing belong to the command: a service or a page never loads commander',
      severity: 'error',
      from: { pathNot: '^packages/cli/' },
      to: { path: 'node_modules/commander/' },
    },
    {
      name: 'server-on-demand',
      comment:
        'the command starts fast and works without @mien/server: it imports it when a command needs it',
      severity: 'error',
      from: { path: '^packages/cli/src/', pathNot: TEST },
      to: { path: '^packages/server/', dependencyTypesNot: ['dynamic-import', 'type-only', 'type-import'] },
    },
    {
      name: 'web-runs-in-pages',
      comment:
        'packages/web may import results, train, formats, core and the models: no Node, and nothing that needs it',
      severity: 'error',
      from: { path: '^packages/web/src/', pathNot: TEST },
      to: {
        pathNot:
          '^packages/web/src/|^packages/(results|train|formats|core)/(dist|src)/|^models/[^/]+/index[.](js|d[.]ts)$',
      },
    },
    {
      name: 'packages-by-name',
      comment: 'another package is imported by its name and exports, never by a path into its sources',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/', pathNot: TEST },
      to: { path: '^packages/[^/]+/src/', pathNot: '^$1/$2/' },
    },
    {
      name: 'no-cycles',
      comment: 'two files that import each other, if only for types, are one file, or hide a third',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'compiler-is-internal',
      comment: '@mien/core/compiler is for the trainer; everyone else uses @mien/core/nn',
      severity: 'error',
      from: { pathNot: `${CORE}|^packages/train/|${TEST}` },
      to: { path: '^packages/core/dist/(modules/nn/compiler|compiler)/' },
    },
    {
      name: 'tests-are-leaves',
      comment: 'what ships imports no test and no bench',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: 'declared-dependencies',
      comment: 'a package imports what its own package.json lists',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'resolvable',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '/generated/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
