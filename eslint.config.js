// Type-aware lint of the TypeScript, and the recommended rules for the few plain scripts. Import directions between
// files are held by .dependency-cruiser.js; what a package may touch of its surroundings is held here.
// @ts-check
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Three programs: the page, its service worker, and the build. */
const STUDIO = ['apps/studio/src/**/*.{ts,tsx}', 'apps/studio/{build/*,vite.config}.ts'];
const DASHBOARD = ['apps/dashboard/src/**/*.{ts,tsx}', 'apps/dashboard/vite.config.ts'];
/** What both pages share. */
const SHARED = ['apps/shared/**/*.{ts,tsx}'];
const TYPESCRIPT = [
  ...STUDIO,
  ...DASHBOARD,
  ...SHARED,
  'packages/*/src/**/*.ts',
  'packages/kernels/test/**/*.ts',
  'models/**/*.ts',
  'test/**/*.ts',
];
const TESTS = ['**/*.test.ts', 'packages/kernels/test/**/*.ts', 'test/**/*.ts'];

/** Names that only a page or only Node has; what both have (WebAssembly, TextDecoder, URL, atob …) is no surrounding. */
const surroundings = [...Object.keys(globals.browser), ...Object.keys(globals.node)].filter(
  (name) => !(name in globals['shared-node-browser']) && !(name in globals.es2025),
);

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/generated/',
    'runs/',
    'docs/api/',
    // AssemblyScript is not TypeScript; its compiler is its lint.
    'packages/kernels/assembly/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  {
    files: ['**/*.{js,mjs,cjs,jsx}'],
    extends: [js.configs.recommended],
    languageOptions: { globals: globals.node, parserOptions: { ecmaFeatures: { jsx: true } } },
  },
  {
    // What pages and their workers load as it is.
    files: [
      'examples/**/*.{js,jsx}',
      'test/browser/*.js',
      'bench/page-readers.js',
      'bench/soak/{memory-growth,observe-page}.js',
    ],
    languageOptions: { globals: globals.browser },
  },
  {
    files: TYPESCRIPT,
    extends: [
      js.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: { project: './tsconfig.tests.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers print as themselves; everything else in a template is still checked.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNever: true }],
      // `data[i]!` in a loop over a typed array: the bound is the loop's, and a check per sample would cost the loop.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Index loops over several arrays at once are the plain form of numeric code.
      '@typescript-eslint/prefer-for-of': 'off',
      // `async` in an interface's implementation that has nothing to wait for yet.
      '@typescript-eslint/require-await': 'off',
      // `() => doIt()` reads well where a callback returns nothing.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Closed sets are `as const` arrays with derived types.' },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: STUDIO,
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'tsconfig.node.json', 'tsconfig.service-worker.json'].map(
          (file) => `./apps/studio/${file}`,
        ),
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: DASHBOARD,
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'tsconfig.node.json'].map((file) => `./apps/dashboard/${file}`),
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: SHARED,
    languageOptions: {
      parserOptions: { project: './apps/shared/tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    // The core runs in Node, in pages and in workers: it takes bytes and gives results, its callers do the rest.
    files: ['packages/core/src/**/*.ts'],
    ignores: [...TESTS, 'packages/core/src/ports/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...surroundings.map((name) => ({
          name,
          message: 'Only a file in packages/core/src/ports/ may use it.',
        })),
      ],
    },
  },
  {
    // So does the trainer, except for the readers and writers of files.
    files: ['packages/train/src/**/*.ts'],
    ignores: [
      ...TESTS,
      'packages/train/src/node/**',
      'packages/train/src/testing/**',
      'packages/train/src/threads/web-*.ts',
      'packages/train/src/yield-to-event-loop.ts',
    ],
    rules: {
      'no-restricted-globals': [
        'error',
        ...surroundings.map((name) => ({ name, message: 'Only Node or only pages have it.' })),
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      // `expect(spy.method)` and assertions on what the types already promise are what tests are for.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
);
