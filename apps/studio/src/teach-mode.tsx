/** The mode Teach, whose code is loaded when it is first entered. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type * as TeachPart from './teach/teach.jsx';
import { notify } from './state/notices.js';
import { change } from './state/settings.js';
import { words } from './words/words.js';

const part = signal<typeof TeachPart | undefined>(undefined);

export function TeachMode() {
  useEffect(() => void loadTeach(), []);
  const loaded = part.value;
  return loaded === undefined ? <main class="teach-page" aria-busy="true" /> : <loaded.Teach />;
}

async function loadTeach(): Promise<void> {
  try {
    part.value ??= await import('./teach/teach.jsx');
  } catch (error) {
    change({ mode: 'read' });
    notify(words.peek().problems.other('Teach', error instanceof Error ? error.message : String(error)));
  }
}
