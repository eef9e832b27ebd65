/** Explains the readings of one picture: its faces are found and cropped as always, and their crops kept. */
import {
  createAsyncAnalyzer,
  MienError,
  type AsyncClassifier,
  type AsyncExternalModel,
  type Detector,
  type Explainer,
  type Explanation,
  type Face,
  type Frame,
} from '@mien/core';

/** A face of a picture, and which parts of its crop its reading hangs on. */
export interface ExplainedFace extends Face {
  readonly explanation: Explanation;
}

/** @throws MienError `USAGE` for an expression that the model does not have, also where there is no face */
export function requireExpression(
  { manifest, labels }: AsyncClassifier,
  expression: string | undefined,
): void {
  if (expression === undefined || labels.includes(expression)) return;
  throw new MienError(
    'USAGE',
    `explain: ${manifest.id} has no expression ${expression} (it has ${labels.join(', ')})`,
  );
}

/** @param expression the one to explain; default: each face's own */
export async function explainPicture(
  frame: Frame,
  { model, detector, explainer }: { readonly model: AsyncExternalModel; readonly detector: Detector; readonly explainer: Explainer }, // prettier-ignore
  expression: string | undefined,
): Promise<ExplainedFace[]> {
  let crops = new Float32Array(0);
  const analyzer = await createAsyncAnalyzer({
    model: keepInputs(model, (inputs) => (crops = inputs)),
    detector,
  });
  const { faces } = await analyzer.analyzeImage(frame);
  const length = crops.length / faces.length;
  const explained: ExplainedFace[] = [];
  for (const [index, face] of faces.entries()) {
    const crop = crops.subarray(index * length, (index + 1) * length);
    explained.push({ ...face, explanation: await explainer.explain(crop, expression ?? face.expression) });
  }
  return explained;
}

/** The same model, which also says what it is given. */
function keepInputs(
  model: AsyncExternalModel,
  keep: (inputs: Float32Array<ArrayBuffer>) => void,
): AsyncExternalModel {
  return {
    ...model,
    createAsyncPredictor: async () => {
      const predictor = await model.createAsyncPredictor();
      return {
        predict: (inputs, count) => {
          keep(inputs.slice());
          return predictor.predict(inputs, count);
        },
      };
    },
  };
}
