import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside the repository, unless MIEN_DATA says where. */
const DATA =
  process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** Path of a file of the data to test with; `undefined` where it is absent. */
export function findData(path: string): string | undefined {
  const found = join(DATA, path);
  return existsSync(found) ? found : undefined;
}
