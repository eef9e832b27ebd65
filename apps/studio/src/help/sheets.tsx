/** Sheets over the window: the keys, what this is not, and what is said before the camera starts. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { startCamera } from '../source/camera.js';
import { words } from '../words/words.js';

export type SheetName = 'keys' | 'about' | 'consent';

const shown = signal<SheetName | undefined>(undefined);

export function openSheet(name: SheetName): void {
  shown.value = name;
}

export function isSheetOpen(): boolean {
  return shown.peek() !== undefined;
}

export function Sheets() {
  const { keys, about, camera } = words.value;
  switch (shown.value) {
    case 'keys':
      return (
        <Sheet title={keys.title}>
          <dl class="keys">
            {keys.list.map(([key, meaning]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </Sheet>
      );
    case 'about':
      return (
        <Sheet title={about.title}>
          {about.paragraphs.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Sheet>
      );
    case 'consent':
      return (
        <Sheet title={camera.title} close={camera.cancel} action={[camera.start, () => void startCamera()]}>
          {camera.notice.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </Sheet>
      );
    case undefined:
      return null;
    default:
      return shown.value satisfies never;
  }
}

interface SheetProps {
  readonly title: string;
  readonly close?: string;
  readonly action?: readonly [name: string, run: () => void];
  readonly children: ComponentChildren;
}

function Sheet({ title, close, action, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const end = () => {
    shown.value = undefined;
  };
  return (
    <dialog
      ref={dialog}
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
          <button type="button" onClick={() => dialog.current?.close()}>
            {close ?? words.value.about.close}
          </button>
        </div>
      </div>
    </dialog>
  );
}
