#!/usr/bin/env node
// Copies the files that @mien/web loads in a page, for bundlers that do not copy assets (esbuild):
//   npx mien-web-assets public/mien
// Then call createAnalyzer({ assetsUrl: '/mien/' }).
// @ts-check
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as base from '@mien/model-base';
import * as blazeFace from '@mien/model-blazeface-short-range';
import * as haar from '@mien/model-haar-frontalface';
import * as miniXception from '@mien/model-mini-xception';
import * as nano from '@mien/model-nano';

const USAGE = `Usage: mien-web-assets <folder>

Copies the worker of @mien/web, its parts and the bundled models into a folder that your server serves.`;

/** Files of dist/ that a page loads besides its code. */
const PARTS = ['worker.js', 'kernels-relaxed.js', 'kernels-simd.js', 'formats.js', 'hdf5.js', 'explain.js'];
/** By folder name. */
const MODELS = {
  nano,
  base,
  'mini-xception': miniXception,
  'blazeface-short-range': blazeFace,
  'haar-frontalface': haar,
};

/** @param {string} folder */
function copyAssets(folder) {
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) copyFileSync(new URL(`../dist/${part}`, import.meta.url), join(folder, part));
  for (const [name, urls] of Object.entries(MODELS)) {
    const target = join(folder, name);
    mkdirSync(target, { recursive: true });
    for (const url of [urls.manifestUrl, urls.weightsUrl]) {
      const file = fileURLToPath(url);
      copyFileSync(file, join(target, basename(file)));
    }
  }
}

const [folder, ...rest] = process.argv.slice(2);
if (folder === '--version') {
  console.log(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version);
} else if (folder === '--help') {
  console.log(USAGE);
} else if (folder === undefined || folder.startsWith('-') || rest.length > 0) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    copyAssets(folder);
    console.log(`${folder}: ${PARTS.length} files and ${Object.keys(MODELS).length} models`);
  } catch (error) {
    console.error(`mien-web-assets: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
