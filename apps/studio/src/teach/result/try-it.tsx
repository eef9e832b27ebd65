/** What is open, read by the new network and the one beside it. */
import { Bars } from '../../face/bars.jsx';
import { openSheet } from '../../help/open-sheet.js';
import { Rank } from '../../models/rank.jsx';
import { Views } from '../../scene/views.jsx';
import { isOpening, stopCamera } from '../../source/camera.js';
import { FileButton } from '../../../../shared/files/file-button.jsx';
import { openFiles } from '../../source/open-files.js';
import { openExample } from '../../source/pictures.js';
import { matchFace } from '../../state/match-face.js';
import { mainResult, results, scene, selectedOf } from '../../state/scene.js';
import { readers } from '../../state/readers.js';
import { shownExpression } from '../../state/shown-expression.js';
import { expressionName, words } from '../../words/words.js';
import { teachWords } from '../words/words.js';

export function TryIt() {
  const { result } = teachWords.value;
  const { kind } = scene.value;
  return (
    <div class="try-it">
      <h3>{result.try}</h3>
      <div class="label-actions">
        {kind === 'camera' ? (
          <button type="button" onClick={() => void stopCamera()}>
            {words.value.rail.stop}
          </button>
        ) : (
          <button type="button" disabled={isOpening.value} onClick={() => openSheet('consent')}>
            {result.openCamera}
          </button>
        )}
        <FileButton label={result.files} accept="image/*,video/*" onFiles={openFiles} />
        <button type="button" onClick={() => void openExample()}>
          {result.example}
        </button>
      </div>
      {kind !== 'empty' && (
        <>
          <Views />
          <Readings />
        </>
      )}
    </div>
  );
}

function Readings() {
  const main = selectedOf(mainResult.value)?.face;
  return (
    <div class="readings">
      {readers.value.map(({ choice, analyzer }, index) => {
        const face = index === 0 ? main : main && matchFace(main, results.value.get(choice.id));
        const expression = face && shownExpression(face);
        return (
          <div key={choice.id} data-testid={`reading-${choice.id}`} data-expression={expression}>
            <p class="reading-name">
              {readers.value.length > 1 && <Rank index={index} />} {choice.name}:{' '}
              <b>{expression === undefined ? teachWords.value.result.noFace : expressionName(expression)}</b>
            </p>
            <Bars labels={analyzer.model.labels} readings={[face?.smoothed ?? face]} />
          </div>
        );
      })}
    </div>
  );
}
