import { notify } from '../state/notices.js';
import { sceneClosing } from '../state/scene.js';

export interface MenuItemProps {
  readonly name: string;
  /** @param signal aborts when what is shown is closed or wiped: then nothing is handed over any more */
  readonly run: (signal: AbortSignal) => void | Promise<void>;
  /** Why it cannot be chosen. */
  readonly problem?: string | undefined;
  readonly isBusy?: boolean;
  /** For what takes its time and shows how far it is, below the menu. */
  readonly closesMenu?: boolean;
}

export function MenuItem({ name, run, problem, isBusy = false, closesMenu = false }: MenuItemProps) {
  const start = async ({ currentTarget }: { readonly currentTarget: HTMLElement }): Promise<void> => {
    if (closesMenu) currentTarget.closest('details')?.removeAttribute('open');
    const signal = sceneClosing();
    try {
      await run(signal);
    } catch (error) {
      if (signal.aborted) return;
      notify(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <button type="button" disabled={problem !== undefined || isBusy} onClick={(event) => void start(event)}>
      {name}
      {problem !== undefined && <small>{problem}</small>}
    </button>
  );
}
