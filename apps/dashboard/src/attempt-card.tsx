/** One picture, read at once: what is shown while no job is open. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Analysis } from '@mien/core';
import { FileButton } from '../../shared/files/file-button.jsx';
import { askJson } from './api/ask.js';
import { FaceTable } from './results/face-table.jsx';
import { report } from './state/service.js';
import { words } from './words/words.js';

interface Attempt {
  readonly url: string;
  readonly analysis?: Analysis;
}

export function AttemptCard() {
  const { attempt: text } = words.value;
  const attempt = useSignal<Attempt | undefined>(undefined);
  const close = () => {
    if (attempt.value !== undefined) URL.revokeObjectURL(attempt.value.url);
    attempt.value = undefined;
  };
  useEffect(() => close, []);
  const read = async ([file]: readonly File[]) => {
    if (file === undefined) return;
    close();
    const url = URL.createObjectURL(file);
    attempt.value = { url };
    try {
      const analysis = await askJson<Analysis>('v1/analyze', { method: 'POST', body: file });
      attempt.value = { url, analysis };
    } catch (error) {
      close();
      report(error);
    }
  };
  const { url, analysis } = attempt.value ?? {};
  return (
    <section class="card attempt" aria-labelledby="attempt-title">
      <h2 id="attempt-title">{text.title}</h2>
      <p class="muted hint">{text.hint}</p>
      <div class="actions">
        <FileButton id="picture" label={text.choose} accept="image/*" onFiles={(files) => void read(files)} />
      </div>
      {url !== undefined && (
        <div class="attempt-result">
          <Preview url={url} analysis={analysis} />
          <div role="status">
            {analysis === undefined ? (
              <p class="muted">{text.reading}</p>
            ) : (
              <FaceTable faces={analysis.faces} />
            )}
          </div>
        </div>
      )}
      <p class="muted hint">{text.note}</p>
      <p class="muted hint command">
        {text.command}{' '}
        <code>curl --data-binary @portrait.jpg {new URL('v1/analyze', location.href).href}</code>
      </p>
    </section>
  );
}

function Preview({ url, analysis }: { readonly url: string; readonly analysis: Analysis | undefined }) {
  const { attempt: text } = words.value;
  return (
    <div class="preview">
      <img src={url} alt={text.preview} />
      {analysis !== undefined && (
        <svg viewBox={`0 0 ${analysis.width} ${analysis.height}`} aria-hidden="true">
          {analysis.faces.map(({ box }, index) => (
            <g key={index}>
              <rect {...box} rx={box.width / 12} vector-effect="non-scaling-stroke" />
              {analysis.faces.length > 1 && (
                <text
                  x={box.x}
                  y={box.y - box.height / 20}
                  font-size={Math.max(box.height / 4, analysis.height / 24)}
                >
                  {index + 1}
                </text>
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
