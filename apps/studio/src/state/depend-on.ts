import type { ReadonlySignal } from '@preact/signals';

/** Runs the surrounding effect or component again when a signal changes whose value it does not use. */
export function dependOn(...signals: readonly ReadonlySignal<unknown>[]): void {
  for (const one of signals) one.valueOf();
}
