/** The right: one face, large. Its picture, the result, the probability of every expression, and how far to trust it. */
import type { Analysis, Face } from '@mien/core';
import { unsureReasonOf } from '@mien/results';
import { matchFace } from '../state/match-face.js';
import { shownExpression } from '../state/shown-expression.js';
import { cropOf } from '../state/crops.js';
import { labels, mainResult, results, scene, selectedOf, shownModels } from '../state/scene.js';
import { expressionName, words } from '../words/words.js';
import { hiddenKeys, nameOf } from '../state/people.js';
import { PersonControls } from '../people/person-controls.jsx';
import { colourOf } from '../timeline/colour-of.js';
import { Announcer } from './announcer.jsx';
import { Bars, percentOf, type ModelReading } from './bars.jsx';
import { CropPicture } from './face-crop.jsx';
import { Why } from './why.jsx';

export function FacePanel() {
  const { face: text } = words.value;
  const result = mainResult.value;
  const selected = selectedOf(result);
  return (
    <aside class="face-panel" aria-label={text.panel}>
      {selected === undefined || result === undefined ? (
        <NoFace isOpen={scene.value.kind !== 'empty'} isRead={result !== undefined} />
      ) : (
        <FaceDetails face={selected.face} selected={selected.key} result={result} />
      )}
    </aside>
  );
}

function NoFace({ isOpen, isRead }: { isOpen: boolean; isRead: boolean }) {
  const { face } = words.value;
  return (
    <div class="no-face">
      <FaceOutline />
      {isOpen && <h2>{isRead ? face.none : face.reading}</h2>}
      <p class="muted">{!isOpen ? face.choose : isRead ? face.noneHint : ''}</p>
    </div>
  );
}

function FaceOutline() {
  return (
    <svg class="outline" viewBox="0 0 24 24" width="72" height="72" aria-hidden="true">
      <path d="M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2M9 10h.01M15 10h.01M9 14.5c1.8 1.6 4.2 1.6 6 0" />
    </svg>
  );
}

function FaceDetails({ face, selected, result }: { face: Face; selected: number; result: Analysis }) {
  const name = nameOf(selected);
  const { face: text } = words.value;
  const expression = shownExpression(face);
  const { probabilities } = toReading(face);
  const reason = unsureReasonOf(face);
  const crop = hiddenKeys.value.has(selected) ? undefined : cropOf(result, face);
  const others = shownModels.value.slice(1);
  const matches = others.map(({ id }) => matchFace(face, results.value.get(id)));
  const shownLabels = new Set([...labels.value, ...others.flatMap((model) => model.labels)]);
  return (
    <>
      <div class="face-head">
        {crop === undefined ? (
          <div class="crop" title={text.notKept}>
            <FaceOutline />
          </div>
        ) : (
          <CropPicture crop={crop} />
        )}
        <div>
          <h2>{text.face(nameOf(selected))}</h2>
          <p class={`verdict ${reason === undefined ? 'good' : 'unsure'}`}>
            {reason === undefined ? text.good : `${text.unsure}: ${text.reasons[reason]}`}
          </p>
        </div>
      </div>
      <p
        class="result"
        data-testid="result"
        data-expression={expression}
        style={{ '--mark': colourOf(expression) }}
      >
        {expressionName(expression)}
        <small>{percentOf(probabilities[expression])}</small>
      </p>
      <Bars
        labels={[...shownLabels]}
        readings={[toReading(face), ...matches.map((match) => match && toReading(match))]}
      />
      {crop !== undefined && <Why key={selected} crop={crop} expression={expression} />}
      <PersonControls selected={selected} />
      <Announcer
        text={text.announce(
          name,
          expressionName(expression),
          Math.round((probabilities[expression] ?? 0) * 100),
        )}
        subject={`${name} ${expression}`}
      />
    </>
  );
}

/** What is shown of a face: smoothed where it is followed. */
function toReading(face: Face): ModelReading {
  return face.smoothed ?? face;
}
