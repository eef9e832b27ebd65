/** The session as a file that the person saves. */
import { saveSession } from '../session/session.js';
import { noteSessionSaved, takeSnapshot } from '../unsaved/unsaved.js';
import { download } from './download.js';
import { fileName } from './file-name.js';

const ENDING = '.mien.json';
const TYPE = 'application/json';

export interface PreparedSession {
  readonly sizeBytes: number;
  /** Hands it over; what it holds counts as saved then. */
  readonly download: () => void;
}

export async function prepareSession(withPictures: boolean): Promise<PreparedSession> {
  const snapshot = takeSnapshot();
  const file = new Blob([await saveSession(withPictures)], { type: TYPE });
  return {
    sizeBytes: file.size,
    download: () => {
      download(file, fileName(ENDING), TYPE);
      noteSessionSaved(snapshot);
    },
  };
}
