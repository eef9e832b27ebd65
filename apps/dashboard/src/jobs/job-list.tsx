import { useSignal } from '@preact/signals';
import type { JobSummary } from '@mien/server';
import { isOpen, jobs, timesLeft } from '../state/jobs.js';
import { selectedId } from '../state/selected-job.js';
import { toDuration, toTime, words } from '../words/words.js';
import { StateBadge } from './state-badge.jsx';

const STEP = 50;

export function JobList() {
  const { jobs: text } = words.value;
  const shown = useSignal(STEP);
  const all = jobs.value;
  return (
    <section class="card" aria-labelledby="jobs-title">
      <h2 id="jobs-title">{text.title}</h2>
      {all === undefined && <p class="muted">{text.loading}</p>}
      {all?.length === 0 && <p class="muted">{text.none}</p>}
      <ul class="jobs">
        {all?.slice(0, shown.value).map((job) => (
          <li key={job.id}>
            <Row job={job} />
          </li>
        ))}
      </ul>
      {all !== undefined && all.length > shown.value && (
        <button type="button" class="quiet" onClick={() => (shown.value += STEP)}>
          {text.more(all.length - shown.value)}
        </button>
      )}
    </section>
  );
}

function Row({ job }: { readonly job: JobSummary }) {
  const { jobs: text } = words.value;
  const left = timesLeft.value.get(job.id);
  const percent = Math.floor(job.progress * 100);
  return (
    <a href={`#job=${job.id}`} aria-current={selectedId.value === job.id ? 'true' : undefined}>
      <span class="row">
        <span class="name">
          {job.name}
          {job.total > 1 && <small class="muted"> +{job.total - 1}</small>}
        </span>
        <StateBadge state={job.failed > 0 && !isOpen(job) ? 'failed' : job.state}>
          {job.failed > 0 && !isOpen(job) ? text.failed(job.failed) : text.states[job.state]}
        </StateBadge>
      </span>
      {isOpen(job) && <progress max={1} value={job.progress} aria-label={text.progress(percent)} />}
      <span class="row muted">
        <small>{toTime(job.createdAt)}</small>
        <small>
          {isOpen(job)
            ? left === undefined
              ? `${percent} %`
              : text.left(toDuration(left))
            : text.files(job.total)}
        </small>
      </span>
    </a>
  );
}
