import { teachWords } from '../words/words.js';
import { closeCsv, csv, csvRows, runState } from '../training/training.js';

/** FER2013, in place of gathered pictures. */
export function CsvCard() {
  const { csv: texts } = teachWords.value;
  const summary = csv.value;
  if (summary === undefined) {
    return (
      <p class="label-card" role="status">
        {texts.reading((csvRows.value ?? 0).toLocaleString())}
      </p>
    );
  }
  return (
    <div class="label-card" data-testid="csv">
      <b class="file-name">{summary.name}</b>
      <ul class="plain">
        {summary.splits.map(({ name, count }) => (
          <li key={name}>{texts.rows(count.toLocaleString(), name)}</li>
        ))}
      </ul>
      <p class="muted hint">{texts.loaded}</p>
      <button type="button" disabled={runState.value !== 'idle'} onClick={closeCsv}>
        {texts.close}
      </button>
    </div>
  );
}
