import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { JobItem } from '@mien/server';
import { download } from '../api/download.js';
import { report } from '../state/service.js';
import { words } from '../words/words.js';
import { FaceTable } from './face-table.jsx';
import { readResult, type ItemSummary } from './read-result.js';
import { VideoSummary } from './video-summary.jsx';

/** Of a picture; those of a video besides. */
const FORMATS = ['csv', 'json'];
const VIDEO_FORMATS = ['vtt', 'report'];

export function ItemResult({ jobId, item }: { readonly jobId: string; readonly item: JobItem }) {
  const { results: text } = words.value;
  const summary = useSignal<ItemSummary | undefined>(undefined);
  useEffect(() => {
    const reading = new AbortController();
    readResult(jobId, item.index, reading.signal).then(
      (read) => (summary.value = read),
      (error: unknown) => {
        if (!reading.signal.aborted) report(error);
      },
    );
    return () => reading.abort();
  }, [jobId, item.index]);
  const read = summary.value;
  const formats = read?.kind === 'video' ? [...FORMATS, ...VIDEO_FORMATS] : FORMATS;
  return (
    <div class="result-view" role="region" aria-label={text.of(item.name)}>
      {read === undefined && <p class="muted">{text.loading}</p>}
      {read?.kind === 'empty' && <p class="muted">{text.noFace}</p>}
      {read?.kind === 'picture' && <FaceTable faces={read.faces} />}
      {read?.kind === 'video' && <VideoSummary recording={read.recording} />}
      <div class="actions">
        {formats.map((format) => (
          <button
            key={format}
            type="button"
            onClick={() => {
              const path = `v1/jobs/${jobId}/result?format=${format}&item=${item.index}`;
              const extension = format === 'report' ? 'html' : format;
              download(path, `${baseName(item.name)}.${extension}`).catch(report);
            }}
          >
            ↓ {format === 'report' ? text.report : format.toUpperCase()}
          </button>
        ))}
      </div>
    </div>
  );
}

function baseName(name: string): string {
  return name.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
}
