import { shadeConfusion } from '@mien/results';
import { expressionName } from '../../words/words.js';
import { teachWords } from '../words/words.js';

interface ConfusionProps {
  readonly labels: readonly string[];
  readonly confusion: readonly (readonly number[])[];
}

/** As in the report of `mien train`, without its percentages: of few pictures, numbers say more. */
export function Confusion({ labels, confusion }: ConfusionProps) {
  const { result } = teachWords.value;
  const names = labels.map(expressionName);
  return (
    <>
      <h3>{result.confusion}</h3>
      <p class="muted hint">{result.confusionHint}</p>
      <div class="scrolling" tabIndex={0} role="region" aria-label={result.confusion}>
        <table class="confusion">
          <thead>
            <tr>
              <th scope="col" class="corner">
                {result.corner}
              </th>
              {names.map((name) => (
                <th key={name} scope="col">
                  <span>{name}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shadeConfusion(confusion).map((cells, truth) => (
              <tr key={names[truth]}>
                <th scope="row">{names[truth]}</th>
                {cells.map(({ count, heat, isHit }, read) => (
                  <td key={read} class={isHit ? 'hit' : 'miss'} style={{ '--heat': String(heat / 20) }}>
                    {count}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
