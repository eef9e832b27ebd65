/** Which parts of the face the result hangs on: a heat map over the crop that the network saw, live where asked for. */
import type { Explanation, FaceCrop } from '@mien/web';
import { useEffect, useRef } from 'preact/hooks';
import { mainReader } from '../state/readers.js';
import { change, settings } from '../state/settings.js';
import { expressionName, words } from '../words/words.js';
import { CropPicture } from './face-crop.jsx';
import { faithfulnessOf } from './faithfulness.js';
import { toHeat } from './heat.js';
import { hottestRegions } from './hottest-regions.js';
import { useExplanation } from './use-explanation.js';

export function Why({ crop, expression }: { crop: FaceCrop; expression: string }) {
  const { why } = words.value;
  const { isWhyShown } = settings.value;
  return (
    <section class="why">
      <label class="why-switch">
        <input
          type="checkbox"
          role="switch"
          checked={isWhyShown}
          onChange={({ currentTarget }) => change({ isWhyShown: currentTarget.checked })}
        />
        {why.ask}
      </label>
      {isWhyShown && <HeatFigure crop={crop} expression={expression} />}
    </section>
  );
}

function HeatFigure({ crop, expression }: { crop: FaceCrop; expression: string }) {
  const { why } = words.value;
  const reader = mainReader.value;
  const explained = useExplanation(reader?.analyzer, crop, expression);
  if (reader === undefined) return null;
  const regions = explained === undefined ? [] : hottestRegions(explained.explanation);
  const place =
    explained === undefined
      ? why.busy
      : why.where(
          expressionName(explained.explanation.expression),
          regions.map((region) => why.regions[region]),
        );
  const tested = reader.choice.isOwn ? undefined : faithfulnessOf(reader.analyzer.model.id);
  return (
    <figure>
      <div class="heat" role="img" aria-label={place}>
        <CropPicture crop={explained?.crop ?? crop} />
        {explained !== undefined && <HeatMap explanation={explained.explanation} />}
      </div>
      <div class="heat-legend" aria-hidden="true">
        <span>{why.little}</span>
        <span class="heat-scale" />
        <span>{why.most}</span>
      </div>
      <figcaption class="muted">
        <p class="heat-place">{place}</p>
        <p>{why.caution}</p>
        <p>
          {explained !== undefined && `${why.methods[explained.explanation.method]} `}
          {tested === undefined ? why.untested : why.tested(tested.faces, tested.hottest, tested.random)}
        </p>
      </figcaption>
    </figure>
  );
}

function HeatMap({ explanation }: { explanation: Explanation }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { height, width, heat } = explanation;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    const image = context.createImageData(width, height);
    image.data.set(toHeat(heat));
    context.putImageData(image, 0, 0);
  }, [explanation]);
  return <canvas ref={canvas} class="heat-map" width={width} height={height} data-testid="heat" />;
}
