import { jobs, workers } from './state/jobs.js';
import { key } from '../../shared/service/key.js';
import { nextTheme } from '../../shared/style/theme.js';
import { language, theme } from './state/preferences.js';
import { needsKey } from './state/service.js';
import { words } from './words/words.js';

export function Bar() {
  const { title, studio, api, otherLanguage, theme: themeName } = words.value;
  return (
    <header class="bar">
      <h1>
        <img src="./icon.svg" alt="" width="28" height="28" /> <span>{title}</span>
      </h1>
      {!needsKey.value && jobs.value !== undefined && <Workers />}
      <nav>
        <a href="studio/">{studio}</a>
        <a class="wide" href="openapi.json">
          {api}
        </a>
        {key.value !== '' && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              key.value = '';
              location.reload();
            }}
          >
            {words.value.key.forget}
          </button>
        )}
        <button
          type="button"
          class="quiet"
          lang={language.value === 'zh' ? 'en' : 'zh-Hans'}
          onClick={() => (language.value = language.value === 'zh' ? 'en' : 'zh')}
        >
          {otherLanguage}
        </button>
        <button
          type="button"
          class="icon"
          aria-label={`${themeName}: ${theme.value}`}
          title={themeName}
          onClick={() => (theme.value = nextTheme(theme.value))}
        >
          {{ system: '◐', light: '☀', dark: '☾' }[theme.value]}
        </button>
      </nav>
    </header>
  );
}

function Workers() {
  const { workers: text } = words.value;
  const alive = workers.value;
  return (
    <details class="menu workers">
      <summary class={alive.length === 0 ? 'none' : ''}>
        <span class="dot" aria-hidden="true" />
        <span class="long">{text.alive(alive.length)}</span>
        <span class="short" aria-hidden="true">
          {alive.length}
        </span>
      </summary>
      <div class="menu-list">
        {alive.length === 0 ? (
          <p class="hint">{text.none}</p>
        ) : (
          <ul>
            {alive.map(({ name, running, concurrency }) => (
              <li key={name}>
                <span class="name">{name}</span>{' '}
                <small class="muted">{text.busy(running, concurrency)}</small>
              </li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}
