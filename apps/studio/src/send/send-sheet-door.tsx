/** Loads the sheet that sends to the service when it is opened. */
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { shownSheet } from '../help/open-sheet.js';
import { notify } from '../state/notices.js';
import { service } from './service.js';

export function SendSheetDoor() {
  // A component is a function too, and the setter would call it.
  const [loaded, setLoaded] = useState<{ readonly SendSheet: FunctionComponent<{ service: URL }> }>();
  useEffect(() => {
    import('./send-sheet.jsx').then(setLoaded, (error: unknown) => {
      shownSheet.value = undefined;
      notify(error instanceof Error ? error.message : String(error));
    });
  }, []);
  return loaded === undefined || service === undefined ? null : <loaded.SendSheet service={service} />;
}
