import { showPicture } from '../source/pictures.js';
import { shownExpression } from '../state/shown-expression.js';
import { mainId, type Picture } from '../state/scene.js';
import { expressionName, words } from '../words/words.js';

/** Several pictures in a row, each with what was read in it. */
export function Gallery({ pictures, index }: { pictures: readonly Picture[]; index: number }) {
  const { gallery } = words.value;
  return (
    <ul class="gallery" aria-label={gallery.title}>
      {pictures.map((one, at) => (
        <li key={one.id}>
          <button type="button" aria-current={at === index} onClick={() => showPicture(at)} title={one.name}>
            {one.url === '' ? <span class="no-picture" /> : <img src={one.url} alt="" loading="lazy" />}
            <small>{caption(one)}</small>
          </button>
        </li>
      ))}
    </ul>
  );
}

function caption({ results }: Picture): string {
  const result = results.get(mainId.value);
  if (result === undefined) return '…';
  if (result.faces.length === 0) return words.value.gallery.noFace;
  return result.faces.map((face) => expressionName(shownExpression(face))).join(', ');
}
