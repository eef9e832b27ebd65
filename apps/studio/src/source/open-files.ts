/**
 * Files that were chosen, dropped or pasted: models, and one of a saved session, FER2013, pictures or a video. One of these
 * is shown at a time; files that are left out are named.
 */
import { addModelFiles } from '../models/add-model.jsx';
import { openSession } from '../session/session.js';
import { csvToTeach } from '../state/csv-to-teach.js';
import { notify } from '../state/notices.js';
import { change } from '../state/settings.js';
import { words } from '../words/words.js';
import { openPictures } from './pictures.js';
import { sortFiles } from './sort-files.js';
import { openVideo } from './video.js';

export function openFiles(files: readonly File[]): void {
  const { models, shown, leftOut } = sortFiles(files);
  if (models.length > 0) addModelFiles(models);
  open(shown);
  if (leftOut.length > 0) notify(words.peek().problems.leftOut(leftOut.map(({ name }) => name)));
}

function open(shown: ReturnType<typeof sortFiles<File>>['shown']): void {
  switch (shown.kind) {
    case 'session':
      void openSession(shown.file);
      return;
    case 'csv':
      csvToTeach.value = shown.file;
      change({ mode: 'teach' });
      return;
    case 'video':
      void openVideo(shown.file);
      return;
    case 'pictures':
      void openPictures(shown.files);
      return;
    default:
      shown satisfies never;
  }
}
