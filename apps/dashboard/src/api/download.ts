/** Hands a result to the person. */
import { key } from '../../../shared/service/key.js';
import { ask } from './ask.js';

/** Straight to a file where no key is needed; through memory where a link could not carry the key. */
export async function download(path: string, name: string): Promise<void> {
  if (key.value === '') {
    click(path, name);
    return;
  }
  const url = URL.createObjectURL(await (await ask(path)).blob());
  click(url, name);
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function click(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}
