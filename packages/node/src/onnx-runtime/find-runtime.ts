/** Which onnxruntime is installed: beside this package or in the project of the working directory. */
import { moduleDoors } from '../models/installed-models.js';

/** The native one is several times faster. */
export const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;

export interface Runtime {
  readonly name: (typeof RUNTIMES)[number];
  /** Of its entry. */
  readonly path: string;
  readonly version: string;
}

/** `undefined` where none is installed. */
export function findRuntime(): Runtime | undefined {
  for (const name of RUNTIMES) {
    for (const require of moduleDoors()) {
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
    return ''; // A package need not show its package.json.
  }
}
