import type { Face } from '@mien/core';
import { expressionName, words } from '../words/words.js';
import { seriesOf } from './series.js';

export function FaceTable({ faces }: { readonly faces: readonly Face[] }) {
  const { results: text } = words.value;
  if (faces.length === 0) return <p class="muted">{text.noFace}</p>;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={text.face}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.face}</th>
            <th scope="col">{text.expression}</th>
            <th scope="col">{text.probability}</th>
            <th scope="col">{text.quality}</th>
          </tr>
        </thead>
        <tbody>
          {faces.map((face, index) => (
            <Row key={index} face={face} name={String(face.id ?? index + 1)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ face, name }: { readonly face: Face; readonly name: string }) {
  const { results: text } = words.value;
  const { expression, probabilities, quality, unsure } = face;
  const series = seriesOf(Object.keys(probabilities).indexOf(expression));
  const probability = probabilities[expression] ?? 0;
  return (
    <tr>
      <td>{name}</td>
      <td>
        <span class={`swatch ${series}`} aria-hidden="true" /> {expressionName(expression)}
        {unsure && <small class="muted"> ({text.unsure})</small>}
      </td>
      <td class="figure">{Math.round(probability * 100)} %</td>
      <td>{text.verdicts[quality.verdict]}</td>
    </tr>
  );
}
