import { notify } from '../state/notices.js';

export interface MenuItemProps {
  readonly name: string;
  readonly run: () => void | Promise<void>;
  /** Why it cannot be chosen. */
  readonly problem?: string | undefined;
  readonly isBusy?: boolean;
  /** For what takes its time and shows how far it is, below the menu. */
  readonly closesMenu?: boolean;
}

export function MenuItem({ name, run, problem, isBusy = false, closesMenu = false }: MenuItemProps) {
  const start = async ({ currentTarget }: { readonly currentTarget: HTMLElement }): Promise<void> => {
    if (closesMenu) currentTarget.closest('details')?.removeAttribute('open');
    try {
      await run();
    } catch (error) {
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
