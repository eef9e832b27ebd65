/** A sheet over the window: a title, what it says, and buttons that end it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words/words.js';
import { shownSheet } from './open-sheet.js';

export interface SheetProps {
  readonly title: string;
  readonly close?: string;
  readonly action?: readonly [name: string, run: () => void];
  /** A button beside the one that closes. */
  readonly button?: ComponentChildren;
  /** As wide as the window allows. */
  readonly isWide?: boolean;
  readonly children: ComponentChildren;
}

export function Sheet({ title, close, action, button, isWide = false, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [name] = useState(shownSheet.peek());
  useEffect(() => dialog.current?.showModal(), []);
  const end = () => {
    // The event comes some time after the action, which may have opened another one.
    if (shownSheet.peek() === name) shownSheet.value = undefined;
  };
  return (
    <dialog
      ref={dialog}
      class={isWide ? 'wide' : ''}
      aria-labelledby="sheet-title"
      onClose={end}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) currentTarget.close(); // Beside the sheet.
      }}
    >
      <div class="sheet">
        <h2 id="sheet-title">{title}</h2>
        {children}
        <div class="buttons">
          {action !== undefined && (
            <button
              type="button"
              class="main"
              onClick={() => {
                dialog.current?.close();
                action[1]();
              }}
            >
              {action[0]}
            </button>
          )}
          {button}
          <button type="button" onClick={() => dialog.current?.close()}>
            {close ?? words.value.about.close}
          </button>
        </div>
      </div>
    </dialog>
  );
}
