/** One label: its name, ways to gather pictures for it, and the pictures. */
import { useEffect, useState } from 'preact/hooks';
import { readDropped } from '../../../../shared/files/dropped-entries.js';
import { FileButton } from '../../../../shared/files/file-button.jsx';
import { notify } from '../../state/notices.js';
import { scene } from '../../state/scene.js';
import { seriesOf } from '../../state/series-of.js';
import { expressionName } from '../../words/words.js';
import { teachWords } from '../words/words.js';
import { gatherFiles, useWhole } from './gather-files.js';
import { RecordButton } from './record-button.jsx';
import { problemOfName, toLabelName } from './label-name.js';
import {
  addPicture,
  forgetRefused,
  removeLabel,
  removePicture,
  renameLabel,
  taughtLabels,
  type TaughtLabel,
} from './labels.js';
import { findSessionFaces, type SessionFace } from './session-faces.js';
import { Thumbnail } from './thumbnail.jsx';

/** Two rows of them; the others are shown on demand. */
const FEW = 16;

export function LabelCard({ label, canRemove }: { label: TaughtLabel; canRemove: boolean }) {
  const { labels } = teachWords.value;
  const { id, name, pictures, refused } = label;
  const [faces, setFaces] = useState<readonly SessionFace[] | undefined>(undefined);
  // They are those of what was open when they were listed.
  useEffect(() => setFaces(undefined), [scene.value.kind]);
  const title = expressionName(name);
  const drop = (event: DragEvent): void => {
    if (event.dataTransfer === null) return;
    event.preventDefault();
    void readDropped(event.dataTransfer).then((dropped) =>
      gatherFiles(
        id,
        dropped.map(({ file }) => file),
      ),
    );
  };
  return (
    <li
      class="label-card"
      style={{
        '--mark': `var(--series-${seriesOf(
          name,
          taughtLabels.value.map((one) => one.name),
        )})`,
      }}
      data-testid={`label-${name}`}
      onDrop={drop}
    >
      <div class="label-head">
        <input
          aria-label={labels.name}
          value={title}
          onChange={({ currentTarget }) => {
            const typed = toLabelName(currentTarget.value);
            const problem = problemOfName(typed, id);
            if (problem === undefined) renameLabel(id, typed);
            else notify(problem);
            currentTarget.value = expressionName(problem === undefined ? typed : name);
          }}
        />
        <span class="muted count">{labels.count(pictures.length)}</span>
        {canRemove && (
          <button
            type="button"
            class="icon"
            aria-label={labels.remove(title)}
            title={labels.remove(title)}
            onClick={() => removeLabel(id)}
          >
            ✕
          </button>
        )}
      </div>
      <div class="label-actions">
        <RecordButton labelId={id} title={title} />
        <FileButton label={labels.files} accept="image/*" onFiles={(files) => gatherFiles(id, files)} />
        {scene.value.kind !== 'empty' && (
          <button
            type="button"
            aria-expanded={faces !== undefined}
            onClick={() => setFaces(faces ? undefined : findSessionFaces())}
          >
            {labels.session}
          </button>
        )}
      </div>
      {faces !== undefined && (
        <div class="session-faces">
          <p class="muted hint">{faces.length === 0 ? labels.noSession : labels.sessionHint}</p>
          <div class="thumbs">
            {faces.map((face, at) => (
              <button
                key={at}
                type="button"
                title={face.name}
                aria-label={face.name}
                onClick={() => {
                  addPicture(id, { ...face, origin: 'session' });
                  setFaces(faces.filter((one) => one !== face));
                }}
              >
                <Thumbnail picture={face.picture} />
              </button>
            ))}
          </div>
        </div>
      )}
      <Pictures label={label} />
      {refused.length > 0 && <Refused label={label} />}
    </li>
  );
}

function Pictures({ label: { id, pictures } }: { label: TaughtLabel }) {
  const { labels } = teachWords.value;
  const [isWhole, setWhole] = useState(false);
  if (pictures.length === 0) return null;
  // The newest ones first: they are looked at while they are recorded.
  const newest = pictures.toReversed();
  const shown = isWhole ? newest : newest.slice(0, FEW);
  return (
    <>
      <div class="thumbs">
        {shown.map((one) => (
          <button
            key={one.id}
            type="button"
            title={labels.removePicture(one.name)}
            aria-label={labels.removePicture(one.name)}
            onClick={() => removePicture(id, one.id)}
          >
            <Thumbnail picture={one.picture} />
          </button>
        ))}
      </div>
      {pictures.length > FEW && (
        <button type="button" class="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? labels.showFew : labels.showAll(pictures.length)}
        </button>
      )}
    </>
  );
}

/** Files are named: nothing is left out in silence. */
function Refused({ label: { id, refused } }: { label: TaughtLabel }) {
  const { labels } = teachWords.value;
  return (
    <div class="refused" role="group" aria-label={labels.refused(refused.length)}>
      <p>{labels.refused(refused.length)}</p>
      <ul>
        {refused.map((one) => (
          <li key={one.id}>
            <span>{one.file.name}</span>
            <button type="button" onClick={() => void useWhole(id, [one])}>
              {labels.whole}
            </button>
            <button type="button" class="quiet" onClick={() => forgetRefused(id, [one.id])}>
              {labels.leaveOut}
            </button>
          </li>
        ))}
      </ul>
      {refused.length > 1 && (
        <button type="button" onClick={() => void useWhole(id, refused)}>
          {labels.wholeAll(refused.length)}
        </button>
      )}
    </div>
  );
}
