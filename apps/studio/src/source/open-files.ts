/** Files that were chosen, dropped or pasted: models, a saved session, FER2013, the first video, or else whatever a browser may decode as a picture. */
import { addModelFile } from '../models/add-model.jsx';
import { openSession } from '../session/session.js';
import { csvToTeach } from '../state/csv-to-teach.js';
import { change } from '../state/settings.js';
import { openPictures } from './pictures.js';
import { openVideo } from './video.js';

const SESSION_FILE = /[.]json$/i;
/** Browsers know no type for some of them. */
const VIDEO_FILE = /[.](mp4|m4v|mov|mkv|webm|avi|flv|wmv|ts|mts|m2ts|mpe?g|3gp|ogv)$/i;
const CSV_FILE = /[.]csv([.]gz)?$/i;
const MODEL_FILE = /[.](hdf5|h5|keras|onnx|tflite|safetensors)$/i;

export function openFiles(files: readonly File[]): void {
  const models = files.filter(({ name }) => MODEL_FILE.test(name));
  if (models.length > 0) {
    for (const file of models) addModelFile(file);
    return;
  }
  const visible = files.filter(({ name }) => !name.startsWith('.'));
  const session = visible.find(({ name }) => SESSION_FILE.test(name));
  if (session !== undefined) {
    void openSession(session);
    return;
  }
  const csv = visible.find(({ name }) => CSV_FILE.test(name));
  if (csv !== undefined) {
    csvToTeach.value = csv;
    change({ mode: 'teach' });
    return;
  }
  const [video] = visible.filter(
    ({ type, name }) => type.startsWith('video/') || (type === '' && VIDEO_FILE.test(name)),
  );
  if (video !== undefined) void openVideo(video);
  else void openPictures(visible);
}
