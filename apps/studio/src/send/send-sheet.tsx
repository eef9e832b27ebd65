/** Says what leaves the device, sends it only then, and leads to the job. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { key } from '../../../shared/service/key.js';
import { Refusal } from '../../../shared/service/refusal.js';
import { sendJob } from '../../../shared/service/send-job.js';
import { Sheet } from '../help/sheet.jsx';
import { hiddenKeys } from '../state/people.js';
import { SAMPLE_INTERVAL_MS } from '../state/recording.js';
import { scene } from '../state/scene.js';
import { onWipe } from '../state/wipers.js';
import { toMegabytes } from '../words/quantities.js';
import { filesToSend } from './service.js';
import { sendWords } from './words.js';
import './send.css';

/** The button lies outside of it. */
const FORM = 'send';

onWipe(() => (key.value = ''));

type State =
  | { readonly kind: 'asking'; readonly problem?: string; readonly needsKey?: boolean }
  | { readonly kind: 'sending'; readonly percent: number }
  | { readonly kind: 'sent'; readonly jobId: string };

export function SendSheet({ service }: { readonly service: URL }) {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const closing = useRef(new AbortController());
  useEffect(() => () => closing.current.abort(), []); // Closed while it is sent: stopped.
  const text = sendWords.value;
  const start = async (): Promise<void> => {
    setState({ kind: 'sending', percent: 0 });
    try {
      const jobId = await sendJob({
        service,
        files: filesToSend.peek(),
        fields: scene.peek().kind === 'video' ? { every: `${SAMPLE_INTERVAL_MS}ms` } : {},
        onSent: (percent) => setState({ kind: 'sending', percent }),
        signal: closing.current.signal,
      });
      if (jobId !== undefined) setState({ kind: 'sent', jobId });
    } catch (error) {
      const needsKey = error instanceof Refusal && error.status === 401;
      const problem = error instanceof Error ? error.message : String(error);
      setState({ kind: 'asking', ...(needsKey ? { needsKey } : { problem }) });
    }
  };
  return (
    <Sheet
      title={text.title}
      close={{ asking: text.notNow, sending: text.stop, sent: text.close }[state.kind]}
      button={
        state.kind === 'asking' && (
          <button type="submit" form={FORM} class="main">
            {text.send}
          </button>
        )
      }
    >
      <div class="send">
        {state.kind === 'asking' && <Question {...state} host={service.host} onSend={() => void start()} />}
        {state.kind === 'sending' && (
          <label class="field">
            {text.sending(state.percent)}
            <progress max={100} value={state.percent} />
          </label>
        )}
        {state.kind === 'sent' && (
          <div role="status">
            <p>{text.sent}</p>
            {/* The tab that it opens knows the key, too. */}
            <a href={new URL(`#job=${state.jobId}`, service).href} target="_blank" rel="opener">
              {text.open}
            </a>
          </div>
        )}
      </div>
    </Sheet>
  );
}

interface QuestionProps {
  readonly host: string;
  readonly problem?: string;
  readonly needsKey?: boolean;
  readonly onSend: () => void;
}

function Question({ host, problem, needsKey = false, onSend }: QuestionProps) {
  const text = sendWords.value;
  const files = filesToSend.value;
  const size = toMegabytes(files.reduce((total, { file }) => total + file.size, 0));
  const isVideo = scene.value.kind === 'video';
  return (
    <form
      id={FORM}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      <p>
        <strong>
          {isVideo ? text.video(files[0]?.name ?? '', size) : text.pictures(files.length, size)}
        </strong>
      </p>
      <p>{text.notice(host)}</p>
      <p>{text.consent}</p>
      {hiddenKeys.value.size > 0 && <p>{text.hidden}</p>}
      {problem !== undefined && <p role="alert">{problem}</p>}
      {needsKey && (
        <label class="field">
          {text.key}
          <input
            type="password"
            required
            autocomplete="off"
            value={key.value}
            onInput={({ currentTarget }) => (key.value = currentTarget.value.trim())}
          />
          <span class="hint muted" role="alert">
            {text.keyHint}
          </span>
        </label>
      )}
    </form>
  );
}
