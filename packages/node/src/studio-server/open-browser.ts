import { spawn } from 'node:child_process';

/** Opens an address in the user's browser. Nothing happens where there is no browser or no screen. */
export function openBrowser(url: string): void {
  const command = findCommand(url);
  if (command === undefined) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

function findCommand(url: string): readonly [string, ...string[]] | undefined {
  switch (process.platform) {
    case 'darwin':
      return ['open', url];
    case 'win32':
      // The first quoted argument of `start` is a title.
      return ['cmd', '/c', 'start', '""', url];
    default: {
      // Without a screen xdg-open would start a browser for terminals.
      const hasScreen = ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (process.env[name] ?? '') !== '');
      return hasScreen ? ['xdg-open', url] : undefined;
    }
  }
}
