import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Path of the installed Chromium; `undefined` if there is none. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium can be slow on a busy machine. */
export const START_TIMEOUT_MS = 120_000;

/** @param flags more of Chromium's own, such as those of a synthetic camera */
export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: [...FLAGS, ...flags] });
}
