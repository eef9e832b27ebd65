import { useSignal } from '@preact/signals';
import type { Job, JobItem } from '@mien/server';
import { ItemResult } from '../results/item-result.jsx';
import { words } from '../words/words.js';
import { StateBadge } from './state-badge.jsx';

const STEP = 100;

export function ItemList({ job }: { readonly job: Job }) {
  const { items: text } = words.value;
  const shown = useSignal(STEP);
  const onlyFailed = useSignal(false);
  const open = useSignal<number | undefined>(undefined);
  const isFiltered = onlyFailed.value && job.failed > 0;
  const items = isFiltered ? job.items.filter(({ state }) => state === 'failed') : job.items;
  return (
    <>
      <div class="row">
        <h3>{text.title}</h3>
        {job.failed > 0 && job.total > 1 && (
          <label class="check">
            <input
              type="checkbox"
              checked={onlyFailed.value}
              onChange={({ currentTarget }) => (onlyFailed.value = currentTarget.checked)}
            />
            {text.onlyFailed}
          </label>
        )}
      </div>
      <ul class="items">
        {items.slice(0, shown.value).map((item) => (
          <li key={item.index}>
            <Item
              item={item}
              isOpen={open.value === item.index}
              onToggle={() => (open.value = open.value === item.index ? undefined : item.index)}
            />
            {open.value === item.index && <ItemResult jobId={job.id} item={item} />}
          </li>
        ))}
      </ul>
      {items.length > shown.value && (
        <button type="button" class="quiet" onClick={() => (shown.value += STEP)}>
          {text.more(Math.min(STEP, items.length - shown.value))}
        </button>
      )}
    </>
  );
}

interface ItemProps {
  readonly item: JobItem;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Item({ item, isOpen, onToggle }: ItemProps) {
  const { items: text } = words.value;
  const { state, name, frames, attempts, error, note, timeMs, endMs } = item;
  const share = endMs === undefined ? undefined : Math.min(1, (timeMs ?? 0) / endMs);
  return (
    <>
      <div class="row">
        <span class="name">{name}</span>
        <small class="muted">
          {attempts > 1 && `${text.attempts(attempts)} · `}
          {/* A picture is one. */}
          {frames > 1 && text.frames(frames)}
        </small>
        <StateBadge state={state}>{text.states[state]}</StateBadge>
        {state === 'done' && (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={`${isOpen ? text.close : text.open}: ${name}`}
            onClick={onToggle}
          >
            {isOpen ? text.close : text.open}
          </button>
        )}
      </div>
      {state === 'running' && share !== undefined && (
        <progress max={1} value={share} aria-label={words.value.jobs.progress(Math.floor(share * 100))} />
      )}
      {error !== undefined && <p class="bad hint">{error.message}</p>}
      {note !== undefined && <p class="muted hint">{note}</p>}
    </>
  );
}
