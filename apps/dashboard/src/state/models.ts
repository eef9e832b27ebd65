/** The models that the service has; the first is what it uses by itself. */
import { signal } from '@preact/signals';
import { askJson } from '../api/ask.js';
import { key } from '../../../shared/service/key.js';
import { report } from './service.js';

export const models = signal<readonly { readonly id: string }[]>([]);

export function followModels(): void {
  // Another key may be allowed to see them.
  key.subscribe(() => {
    askJson<{ models: { id: string }[] }>('v1/models').then(
      (answer) => (models.value = answer.models),
      report,
    );
  });
}
