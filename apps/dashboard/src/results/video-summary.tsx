import { countSure, toClock, type Recording } from '@mien/results';
import { expressionName, words } from '../words/words.js';
import { seriesOf } from './series.js';
import { toRuns } from './to-runs.js';

type Person = Recording['people'][number];

export function VideoSummary({ recording }: { readonly recording: Recording }) {
  const { results: text } = words.value;
  const { people, others, startMs, endMs } = recording;
  if (people.length === 0) return <p class="muted">{text.noFace}</p>;
  return (
    <>
      {people.map((person) => (
        <PersonSummary key={person.id} person={person} recording={recording} />
      ))}
      <p class="row muted axis">
        <small>{toClock(startMs / 1000)}</small>
        <small>{toClock(endMs / 1000)}</small>
      </p>
      {others.people > 0 && <p class="muted hint">{text.others(others.people)}</p>}
    </>
  );
}

function PersonSummary({ person, recording }: { readonly person: Person; readonly recording: Recording }) {
  const { results: text } = words.value;
  const { id, tally, smoothed } = person;
  const sure = countSure(tally);
  const shares = tally.shown
    .map((count, label) => ({ label, share: sure === 0 ? 0 : count / sure }))
    .filter(({ share }) => share >= 0.005)
    .sort((a, b) => b.share - a.share);
  const unsure = tally.readings === 0 ? 0 : (tally.readings - sure) / tally.readings;
  return (
    <article class="person">
      <h4>{text.person(id)}</h4>
      <svg
        viewBox={`0 0 ${smoothed.length} 20`}
        preserveAspectRatio="none"
        role="img"
        aria-label={text.timeline(id)}
      >
        {toRuns(smoothed).map(({ from, to, shown, isUnsure }) => (
          <rect
            key={from}
            class={isUnsure ? 'unsure' : seriesOf(shown)}
            x={from}
            width={to - from}
            height="20"
          />
        ))}
      </svg>
      <ul class="shares" aria-label={text.shares}>
        {shares.map(({ label, share }) => (
          <li key={label}>
            <span class={`swatch ${seriesOf(label)}`} aria-hidden="true" />{' '}
            {expressionName(recording.labels[label] ?? '')} {Math.round(share * 100)} %
          </li>
        ))}
        {unsure >= 0.005 && (
          <li class="muted">
            <span class="swatch unsure" aria-hidden="true" /> {text.unsure} {Math.round(unsure * 100)} %
          </li>
        )}
      </ul>
    </article>
  );
}
