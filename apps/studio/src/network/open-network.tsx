/** Opens the drawing of a network. Its code is loaded then. */
import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { openSheet, shownSheet } from '../help/open-sheet.js';
import { notify } from '../state/notices.js';
import type { Reader } from '../state/readers.js';

const shownReader = signal<Reader | undefined>(undefined);

export function openNetwork(reader: Reader): void {
  shownReader.value = reader;
  openSheet('network');
}

type NetworkSheet = FunctionComponent<{ reader: Reader }>;

export function NetworkSheetDoor() {
  // A component is a function too, and the setter would call it.
  const [loaded, setLoaded] = useState<{ readonly NetworkSheet: NetworkSheet }>();
  useEffect(() => {
    import('./network-sheet.jsx').then(setLoaded, (error: unknown) => {
      shownSheet.value = undefined;
      notify(error instanceof Error ? error.message : String(error));
    });
  }, []);
  const reader = shownReader.value;
  return loaded === undefined || reader === undefined ? null : <loaded.NetworkSheet reader={reader} />;
}
