import type { ComponentChildren } from 'preact';

/** A sign beside each word, so that colour alone says nothing. */
const SIGNS: Readonly<Record<string, string>> = {
  queued: '◷',
  running: '▶',
  done: '✓',
  failed: '✕',
  cancelled: '–',
};

export function StateBadge({
  state,
  children,
}: {
  readonly state: string;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`badge ${state}`}>
      <span aria-hidden="true">{SIGNS[state] ?? ''}</span> {children}
    </span>
  );
}
