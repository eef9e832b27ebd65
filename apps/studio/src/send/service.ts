/** The service that this window came from: `mien serve` names itself in the page, other hosts name none. */
import { computed } from '@preact/signals';
import type { NamedFile } from '../../../shared/service/send-job.js';
import { scene } from '../state/scene.js';

const named = document.querySelector<HTMLMetaElement>('meta[name="mien-service"]')?.content;

/** `undefined` where no service serves the window: then there is nothing to send to. */
export const service = named === undefined ? undefined : new URL(named, document.baseURI);

/** The pictures or the video that are open. */
export const filesToSend = computed<readonly NamedFile[]>(() => {
  const now = scene.value;
  if (now.kind === 'video') return [{ name: now.name, file: now.file }];
  if (now.kind !== 'pictures') return [];
  return now.pictures.flatMap(({ name, file }) => (file === undefined ? [] : [{ name, file }]));
});
