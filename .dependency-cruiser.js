// Imports go one way: apps → cli → train → formats → pipeline → stages → {image, geometry, nn, model} → backend →
// {types, errors}. A layer is a pattern of paths; a file may import from its own layer and from those below it.
// Checked over the whole graph by `npm run check`.
// @ts-check

/** What other packages see of the core. */
const DOORS = '^packages/core/src/(nn/)?index[.]ts$';

/** From the top down. A file that no pattern matches is an error (rule `layer-unknown`). */
const LAYERS = [
  ['apps', '^apps/'],
  ['cli', '^packages/cli/'],
  ['train', '^packages/train/'],
  ['formats', '^packages/formats/'],
  ['public', DOORS],
  ['pipeline', '^packages/core/src/pipeline[.]ts$'],
  ['stages', '^packages/core/src/(detect|align|classify|quality|track)/'],
  ['parts', '^packages/core/src/(image|geometry|nn|model|result[.]ts$)'],
  ['backend', '^packages/core/src/(backend|ports)/'],
  ['types and errors', '^packages/core/src/((errors|frame|version)[.]ts$|testing/)'],
];
const CORE = '^packages/core/src/';
/** What a page may load of the trainer; Node's threads are the one part with a counterpart for pages. */
const SESSION = '^packages/train/src/(session/|random[.]ts$|threads/(?!node-))';
const TEST = '[.]test[.]ts$|^test/|^packages/kernels/test/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    // nn/index.ts belongs to the doors, though it lies among the parts.
    ...LAYERS.slice(1).map(([name, path], index) => ({
      name: `upwards-from-${String(name).replaceAll(' ', '-')}`,
      comment: `${name} may not import from a layer above it (${LAYERS.slice(0, index + 1)
        .map(([above]) => above)
        .join(', ')})`,
      severity: /** @type {const} */ ('error'),
      from: { path, pathNot: name === 'parts' ? `${TEST}|${DOORS}` : TEST },
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
      name: 'sessions-run-in-pages',
      comment:
        'what @mien/train/session is made of may import the core and itself: no Node, no files, no package',
      severity: 'error',
      from: { path: SESSION, pathNot: TEST },
      to: { pathNot: `${SESSION}|^packages/core/dist/|^packages/train/dist/threads/web-threads` },
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
      comment: 'two files that import each other are one file, or hide a third',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
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
