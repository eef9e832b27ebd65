/** The shares of the span that was selected. */
import { toTickLabel } from '@mien/results';
import { nameOf } from '../state/people.js';
import { selectedSpan } from '../state/scene.js';
import { expressionName, words } from '../words/words.js';
import { colourOf } from './colour-of.js';
import type { Lane } from './segments.js';
import { toShares } from './shares.js';

export function SpanShares({ lanes }: { lanes: readonly Lane[] }) {
  const span = selectedSpan.value;
  if (span === undefined) return null;
  const { timeline } = words.value;
  const shares = toShares(lanes, span);
  return (
    <div class="span-shares" data-testid="shares">
      <b>
        {toTickLabel(Math.round(span.startMs / 100) * 100)} –{' '}
        {toTickLabel(Math.round(span.endMs / 100) * 100)}
      </b>
      {shares.length === 0 && <span class="muted">{timeline.nobodySeen}</span>}
      <ul>
        {shares.map((one) => (
          <li key={one.key}>
            <span>{nameOf(one.key)}</span>
            {one.shares.map(({ expression, part }) => (
              <span key={expression} class="share">
                <i style={{ background: colourOf(expression) }} /> {expressionName(expression)}{' '}
                {(part * 100).toFixed(0)} %
              </span>
            ))}
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          selectedSpan.value = undefined;
        }}
      >
        {timeline.clearSpan}
      </button>
    </div>
  );
}
