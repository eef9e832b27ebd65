/** Which parts of the face the result depends on: measured when it is asked for, and shown over the crop. */
import type { FaceCrop, OcclusionMap } from '@mien/web';
import { useEffect, useRef, useState } from 'preact/hooks';
import { notify } from '../state/notices.js';
import { mainReader } from '../state/readers.js';
import { expressionName, words } from '../words/words.js';
import { CropPicture } from './face-crop.jsx';
import { toHeat } from './heat.js';

interface Explained {
  readonly crop: FaceCrop;
  readonly expression: string;
  readonly map: OcclusionMap;
}

export function Why({ crop, expression }: { crop: FaceCrop; expression: string }) {
  const { why } = words.value;
  const [explained, setExplained] = useState<Explained>();
  const [isBusy, setBusy] = useState(false);
  const analyzer = mainReader.value?.analyzer;
  if (analyzer === undefined) return null;
  const explain = async (): Promise<void> => {
    setBusy(true);
    try {
      setExplained({ crop, expression, map: await analyzer.explain(crop, expression) });
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="why">
      <div class="buttons">
        <button type="button" disabled={isBusy} onClick={() => void explain()}>
          {isBusy ? why.busy : why.ask}
        </button>
        {explained !== undefined && (
          <button type="button" onClick={() => setExplained(undefined)}>
            {why.close}
          </button>
        )}
      </div>
      {explained !== undefined && (
        <figure>
          <div class="heat">
            <CropPicture crop={explained.crop} />
            <HeatMap map={explained.map} />
          </div>
          <figcaption class="muted">
            {why.explanation(
              expressionName(explained.expression),
              (Math.max(0, ...explained.map.falls) * 100).toFixed(0),
            )}
          </figcaption>
        </figure>
      )}
    </section>
  );
}

function HeatMap({ map }: { map: OcclusionMap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { grid } = map;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    const image = context.createImageData(grid, grid);
    image.data.set(toHeat(map.falls));
    context.putImageData(image, 0, 0);
  }, [map]);
  return (
    <canvas ref={canvas} class="heat-map" width={grid} height={grid} aria-hidden="true" data-testid="heat" />
  );
}
