import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside the repository, or where MIEN_DATA points. */
const DATA =
  process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** Path of a file of test data; `undefined` if it is missing. */
export function findData(path: string): string | undefined {
  const found = join(DATA, path);
  return existsSync(found) ? found : undefined;
}
