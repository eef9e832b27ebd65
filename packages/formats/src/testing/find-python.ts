import { spawnSync } from 'node:child_process';

/** Debian's, which has h5py where it is installed; then whatever comes first. */
const PYTHONS = ['/usr/bin/python3', 'python3'];

/** A Python that can import a module; `undefined` where there is none. */
export function findPython(module: string): string | undefined {
  return PYTHONS.find((python) => spawnSync(python, ['-c', `import ${module}`]).status === 0);
}
