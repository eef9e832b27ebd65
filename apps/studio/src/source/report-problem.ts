import { MienError } from '@mien/web';
import { notify } from '../state/notices.js';
import { revive, type Reader } from '../state/readers.js';
import { words } from '../words/words.js';

/** Says why a model could not read something; a model whose worker has ended is loaded again. */
export function reportReadingProblem(reader: Reader, error: unknown): void {
  const { problems } = words.peek();
  const { name } = reader.choice;
  if (error instanceof MienError && error.code === 'WORKER_FAILED')
    notify(revive(reader) ? problems.restarted(name) : problems.ended(name));
  else notify(problems.other(name, error instanceof Error ? error.message : String(error)));
}
