/** What happens to what is opened, and the buttons that forget it. */
import { offlineState } from '../service-worker/offline.js';
import { service } from '../send/service.js';
import { forgetRemembered, isRemembered } from '../state/remembered.js';
import { words } from '../words/words.js';
import { wipe } from './wipe.js';

export function Privacy() {
  const { rail, privacy } = words.value;
  const isStored = offlineState.value === 'ready';
  return (
    <section>
      <h2>{rail.privacy}</h2>
      <p class="muted hint">{service === undefined ? privacy.promise : privacy.promiseOfService}</p>
      {isStored && <p class="muted hint">✓ {privacy.offline}</p>}
      <label class="check">
        <input
          type="checkbox"
          checked={isRemembered.value}
          onChange={({ currentTarget }) => {
            if (currentTarget.checked) isRemembered.value = true;
            else forgetRemembered();
          }}
        />
        {privacy.remember}
      </label>
      <button type="button" class="danger" onClick={() => void wipe(false)}>
        {privacy.wipe}
      </button>
      {isStored && (
        <button type="button" class="danger" title={privacy.wipeAllHint} onClick={() => void wipe(true)}>
          {privacy.wipeAll}
        </button>
      )}
    </section>
  );
}
