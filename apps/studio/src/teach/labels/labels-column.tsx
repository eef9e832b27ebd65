/** The first column: the labels, and the camera that pictures are recorded from. */
import { useState } from 'preact/hooks';
import { FileButton } from '../../../../shared/files/file-button.jsx';
import { openSheet } from '../../help/open-sheet.js';
import { isOpening } from '../../source/camera.js';
import { notify } from '../../state/notices.js';
import { View } from '../../scene/views.jsx';
import { mainId, scene } from '../../state/scene.js';
import { FER2013_LABELS } from '@mien/core';
import { teachWords } from '../words/words.js';
import { csv, csvRows } from '../training/training.js';
import { CsvCard } from './csv-card.jsx';
import { gatherFolder, waiting } from './gather-files.js';
import { RECORDED_PER_SECOND } from './gather-camera.js';
import { LabelCard } from './label-card.jsx';
import { problemOfName, toLabelName } from './label-name.js';
import { addLabel, MOST_LABELS, pictureCount, startLabels, taughtLabels } from './labels.js';
import { savePictures } from './save-pictures.js';

export function LabelsColumn() {
  const { labels } = teachWords.value;
  const all = taughtLabels.value;
  return (
    <section class="teach-column" aria-labelledby="teach-labels">
      <h2 id="teach-labels">
        <span class="step">1</span> {labels.title}
      </h2>
      {csv.value !== undefined || csvRows.value !== undefined ? (
        <CsvCard />
      ) : (
        <>
          <p class="muted hint">
            {labels.drop} {labels.rate(RECORDED_PER_SECOND)}
          </p>
          {scene.value.kind === 'camera' && (
            <div class="preview">
              <View modelId={mainId.value} isFirst />
            </div>
          )}
          <Tools />
          <p class="muted hint waiting" role="status">
            {waiting.value > 0 ? labels.reading(waiting.value) : ''}
          </p>
          <ul class="label-cards">
            {all.map((label) => (
              <LabelCard key={label.id} label={label} canRemove={all.length > 2} />
            ))}
          </ul>
          <NewLabel />
        </>
      )}
    </section>
  );
}

function Tools() {
  const { labels } = teachWords.value;
  const isSeven = taughtLabels.value.every(({ name }) => FER2013_LABELS.some((label) => label === name));
  return (
    <div class="label-actions">
      {scene.value.kind !== 'camera' && (
        <button type="button" disabled={isOpening.value} onClick={() => openSheet('consent')}>
          {labels.startCamera}
        </button>
      )}
      <FileButton
        id="teach-folder"
        label={labels.folder}
        isFolder
        onFiles={(files) => gatherFolder(files.map((file) => ({ path: file.webkitRelativePath, file })))}
      />
      {pictureCount.value === 0 && (
        <button type="button" onClick={() => startLabels(isSeven ? ['A', 'B'] : FER2013_LABELS)}>
          {isSeven ? labels.own : labels.seven}
        </button>
      )}
      {pictureCount.value > 0 && (
        <button type="button" onClick={() => void savePictures()}>
          {labels.savePictures}
        </button>
      )}
    </div>
  );
}

function NewLabel() {
  const { labels } = teachWords.value;
  const [text, setText] = useState('');
  const add = (event: Event): void => {
    event.preventDefault();
    const name = toLabelName(text);
    const isFull = taughtLabels.peek().length >= MOST_LABELS;
    const problem = isFull ? labels.mostLabels(MOST_LABELS) : problemOfName(name);
    if (problem !== undefined) {
      notify(problem);
      return;
    }
    addLabel(name);
    setText('');
  };
  return (
    <form class="new-label" onSubmit={add}>
      <input
        aria-label={labels.newLabel}
        placeholder={labels.newLabel}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit">{labels.add}</button>
    </form>
  );
}
