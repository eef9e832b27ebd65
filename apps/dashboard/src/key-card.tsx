import { useSignal } from '@preact/signals';
import { refreshJobs } from './state/jobs.js';
import { key } from '../../shared/service/key.js';
import { needsKey, problem } from './state/service.js';
import { words } from './words/words.js';

export function KeyCard() {
  const { key: text } = words.value;
  const typed = useSignal('');
  return (
    <form
      class="card key"
      onSubmit={(event) => {
        event.preventDefault();
        problem.value = '';
        needsKey.value = false;
        key.value = typed.value.trim();
        refreshJobs();
      }}
    >
      <h2>{text.title}</h2>
      <p class="muted hint">{text.hint}</p>
      <label class="field">
        {text.label}
        <input
          type="password"
          autocomplete="off"
          required
          value={typed.value}
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
      </label>
      <button class="main">{text.use}</button>
    </form>
  );
}
