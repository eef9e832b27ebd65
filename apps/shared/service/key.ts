/** The key of the service, until the tab is closed. The dashboard and the studio of a service share it. */
import { effect, signal } from '@preact/signals';

const NAME = 'mien-service-key';

export const key = signal(sessionStorage.getItem(NAME) ?? '');

effect(() => {
  if (key.value === '') sessionStorage.removeItem(NAME);
  else sessionStorage.setItem(NAME, key.value);
});

/** The headers of every request. */
export function withKey(): Record<string, string> {
  return key.value === '' ? {} : { authorization: `Bearer ${key.value}` };
}
