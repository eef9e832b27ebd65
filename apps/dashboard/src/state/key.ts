/** The key of the service, until the tab is closed. */
import { effect, signal } from '@preact/signals';

const NAME = 'mien-service-key';

export const key = signal(sessionStorage.getItem(NAME) ?? '');

effect(() => {
  if (key.value === '') sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key.value);
});
