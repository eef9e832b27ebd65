import type { Job } from '@mien/server';
import { download } from '../api/download.js';
import { isOpen, timesLeft } from '../state/jobs.js';
import { changeJob, job as selected, selectedId } from '../state/selected-job.js';
import { report } from '../state/service.js';
import { toDuration, toTime, words } from '../words/words.js';
import { ItemList } from './item-list.jsx';
import { StateBadge } from './state-badge.jsx';

const FORMATS = { csv: 'CSV', json: 'JSON', ndjson: 'NDJSON', parquet: 'Parquet' } as const;

export function JobPanel() {
  const { jobs: text } = words.value;
  const job = selected.value;
  return (
    <section class="card job" aria-labelledby="job-title">
      <a class="back" href="#">
        ← {text.back}
      </a>
      {job === undefined ? (
        <p class="muted" id="job-title">
          {text.loading}
        </p>
      ) : (
        <>
          <Head job={job} />
          <ItemList key={selectedId.value} job={job} />
        </>
      )}
    </section>
  );
}

function Head({ job }: { readonly job: Job }) {
  const { jobs: text } = words.value;
  const percent = Math.floor(job.progress * 100);
  const left = timesLeft.value.get(job.id);
  const hasFailed = job.failed > 0 && !isOpen(job);
  const { everyMs, fromMs, toMs } = job.settings;
  const facts = [
    text.created(toTime(job.createdAt)),
    text.files(job.total),
    ...(everyMs === undefined ? [] : [text.everyMs(toMilliseconds(everyMs))]),
    ...(fromMs === undefined ? [] : [text.from(toMilliseconds(fromMs))]),
    ...(toMs === undefined ? [] : [text.to(toMilliseconds(toMs))]),
  ];
  return (
    <>
      <div class="row">
        <h2 id="job-title">
          {job.name}
          {job.total > 1 && <span class="muted"> +{job.total - 1}</span>}
        </h2>
        <StateBadge state={hasFailed ? 'failed' : job.state}>
          {hasFailed ? text.failed(job.failed) : text.states[job.state]}
        </StateBadge>
      </div>
      <p class="muted hint">{facts.join(' · ')}</p>
      <div class="progress">
        {isOpen(job) && <progress max={1} value={job.progress} aria-label={text.progress(percent)} />}
        <span role="status">
          {hasFailed ? text.read(job.done, job.total) : text.progress(job.state === 'done' ? 100 : percent)}
          {left !== undefined && isOpen(job) && <span class="muted"> · {text.left(toDuration(left))}</span>}
          {job.failed > 0 && isOpen(job) && <span class="bad"> · {text.failed(job.failed)}</span>}
        </span>
      </div>
      <div class="actions">
        {job.done > 0 && (
          <span class="downloads" role="group" aria-label={text.results}>
            <span>{text.results}</span>
            {Object.entries(FORMATS).map(([format, name]) => (
              <button
                key={format}
                type="button"
                onClick={() => {
                  const path = `v1/jobs/${job.id}/result?format=${format}`;
                  download(path, `mien-${job.id.slice(0, 8)}.${format}`).catch(report);
                }}
              >
                ↓ {name}
              </button>
            ))}
          </span>
        )}
        {job.failed > 0 && (
          <button type="button" class="main" onClick={() => void changeJob('POST', '/retry')}>
            {text.retry}
          </button>
        )}
        {isOpen(job) && (
          <button type="button" class="danger" onClick={() => void changeJob('DELETE', '')}>
            {text.cancel}
          </button>
        )}
      </div>
      {!isOpen(job) && <p class="muted hint">{text.kept}</p>}
    </>
  );
}

function toMilliseconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}
