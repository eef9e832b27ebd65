/** Finds onnxruntime: from this package, or in the project of the working directory. */
import { moduleResolvers } from '../models/installed-models.js';

/** In order of preference: the native one is several times faster. */
export const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;

export interface Runtime {
  readonly name: (typeof RUNTIMES)[number];
  /** Path of its entry point. */
  readonly path: string;
  readonly version: string;
}

/** `undefined` if none is installed. */
export function findRuntime(): Runtime | undefined {
  for (const name of RUNTIMES) {
    for (const require of moduleResolvers()) {
      try {
        const path = require.resolve(name);
        return { name, path, version: versionOf(require, name) };
      } catch {
        // Not installed as seen from here.
      }
    }
  }
  return undefined;
}

function versionOf(require: NodeJS.Require, name: string): string {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return ''; // A package may not export its package.json.
  }
}
