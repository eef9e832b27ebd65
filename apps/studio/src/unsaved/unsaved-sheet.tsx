/** The question before something unsaved is replaced: what would be lost, and three answers. */
import { useEffect, useState } from 'preact/hooks';
import { JobBar } from '../export/job-bar.jsx';
import { saveRecordedVideo } from '../export/recorded-video.js';
import { prepareSession } from '../export/session-download.js';
import { WithPictures } from '../export/with-pictures.jsx';
import { Sheet } from '../help/sheet.jsx';
import { notify } from '../state/notices.js';
import { toClock, toMegabytes } from '../words/quantities.js';
import { words } from '../words/words.js';
import { answerReplacing } from './may-replace.js';
import { unsaved, type UnsavedPart } from './unsaved.js';

export function UnsavedSheet() {
  const { unsaved: texts } = words.value;
  const [withPictures, setWithPictures] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  // A camera that runs adds to what was saved.
  const [saved, setSaved] = useState<readonly UnsavedPart['kind'][]>([]);
  useEffect(() => () => answerReplacing(false), []);
  const parts = unsaved.value.filter(({ kind }) => !saved.includes(kind));
  const [next] = parts;
  const save = async (): Promise<void> => {
    if (next === undefined) return;
    setIsBusy(true);
    try {
      const isSaved = next.kind === 'session' ? await saveSession(withPictures) : await saveRecordedVideo();
      if (isSaved && parts.length === 1) answerReplacing(true);
      else if (isSaved) setSaved([...saved, next.kind]);
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Sheet
      title={texts.title}
      close={texts.cancel}
      button={
        <>
          <button type="button" class="main" autofocus disabled={isBusy} onClick={() => void save()}>
            {next?.kind === 'video' ? texts.saveVideo : texts.saveSession}
          </button>
          <button type="button" disabled={isBusy} onClick={() => answerReplacing(true)}>
            {texts.discard}
          </button>
        </>
      }
    >
      <p>{texts.lost}</p>
      <ul class="figures" data-testid="unsaved">
        {parts.map((part) => (
          <li key={part.kind}>{describe(part)}</li>
        ))}
      </ul>
      {next?.kind === 'session' && <WithPictures isOn={withPictures} onChange={setWithPictures} />}
      <JobBar />
    </Sheet>
  );
}

async function saveSession(withPictures: boolean): Promise<boolean> {
  const session = await prepareSession(withPictures);
  session.download();
  return true;
}

function describe(part: UnsavedPart): string {
  const { unsaved: texts } = words.value;
  if (part.kind === 'video') return texts.video(toClock(part.durationMs), toMegabytes(part.sizeBytes));
  if (part.name !== undefined) return texts.edits(part.name);
  return texts.session(toClock(part.durationMs), part.marks);
}
