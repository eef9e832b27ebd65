// Where Node 22 is, if it is installed: `npm ci --prefix test/node-22 --ignore-scripts`.
// @ts-check
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `undefined` where it is not installed, or there is none for this machine. */
export const NODE_22 = ['x64', 'arm64']
  .map((cpu) => fileURLToPath(new URL(`node_modules/node-linux-${cpu}/bin/node`, import.meta.url)))
  .find((path) => existsSync(path));
