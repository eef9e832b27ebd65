/** Teaching a network in three steps: labels and pictures, training, trying it. */
import { effect } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { readDropped } from '../../../shared/files/dropped-entries.js';
import { openFiles } from '../source/open-files.js';
import { csvToTeach } from '../state/csv-to-teach.js';
import { change } from '../state/settings.js';
import { gatherFolder } from './labels/gather-files.js';
import { LabelsColumn } from './labels/labels-column.jsx';
import { ResultColumn } from './result/result-column.jsx';
import { openCsv } from './training/training.js';
import { TrainingColumn } from './training/training-column.jsx';
import { teachWords } from './words/words.js';
import './teach.css';

effect(() => {
  const file = csvToTeach.value;
  if (file === undefined) return;
  csvToTeach.value = undefined;
  openCsv(file);
});

export function Teach() {
  const { title, intro, back } = teachWords.value;
  const page = useRef<HTMLElement>(null);
  // On a phone it was opened from below.
  useLayoutEffect(() => page.current?.scrollIntoView(), []);
  // Labels take what is dropped on them; here a folder has labels of its own.
  const drop = (event: DragEvent): void => {
    if (event.defaultPrevented || event.dataTransfer === null) return;
    event.preventDefault();
    void readDropped(event.dataTransfer).then((dropped) => {
      const isFolder = dropped.some(({ path }) => path.includes('/'));
      if (isFolder) gatherFolder(dropped);
      else openFiles(dropped.map(({ file }) => file));
    });
  };
  return (
    <main class="teach-page" ref={page} onDrop={drop}>
      <header class="teach-head">
        <h2>{title}</h2>
        <p class="muted">{intro}</p>
        <button type="button" onClick={() => change({ mode: 'read' })}>
          ← {back}
        </button>
      </header>
      <div class="teach-columns">
        <LabelsColumn />
        <TrainingColumn />
        <ResultColumn />
      </div>
    </main>
  );
}
