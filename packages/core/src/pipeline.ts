/**
 * The way of one picture: frame → faces → expressions. Each step is a file of its own; this one only lists them.
 */
import { toFaceBox } from './classify/face-box.js';
import { createFaceCropper } from './classify/face-cropper.js';
import { toProbabilities } from './classify/to-probabilities.js';
import type { Detector } from './detect/detector.js';
import { MienError } from './errors.js';
import { createFrame, type Frame } from './frame.js';
import { createPredictor, type Classifier } from './model/predictor.js';
import type { Analysis } from './result.js';

export interface AnalyzerOptions {
  /** Reads the expressions. */
  readonly model: Classifier;
  /** Finds the faces. It stays the caller's: disposing of the analyzer leaves it usable. */
  readonly detector: Detector;
}

export interface Analyzer {
  /**
   * Finds the faces of one upright picture and reads their expressions.
   *
   * No face is an empty list. The same picture gives the same result, whatever was analysed before.
   *
   * @throws MienError `USAGE` when the frame's sizes and data do not fit together, or after `dispose`.
   */
  analyzeImage(frame: Frame): Analysis;
  /** Lets go of the network and its memory; the analyzer must not be used afterwards. */
  dispose(): void;
}

/**
 * Puts a model and a detector together.
 *
 * @throws MienError `MODEL_INVALID` when the model's graph cannot be compiled.
 *
 * @example
 * const analyzer = await createAnalyzer({ model, detector });
 * const { faces } = analyzer.analyzeImage({ width: 640, height: 480, channels: 3, data: rgb });
 * for (const { box, expression } of faces) console.log(expression, box); // happy { x: 214, y: 75, … }
 */
export async function createAnalyzer({ model, detector }: AnalyzerOptions): Promise<Analyzer> {
  const { manifest, labels } = model;
  const [cropper, predictor] = await Promise.all([
    createFaceCropper(manifest.input, manifest.crop),
    createPredictor(model),
  ]);
  let stages: { cropper: typeof cropper; predictor: typeof predictor } | undefined = { cropper, predictor };

  return {
    analyzeImage(picture) {
      if (stages === undefined)
        throw new MienError('USAGE', 'analyzer: used after dispose(); create another one');
      const { cropper, predictor } = stages;
      const frame = createFrame(picture); // uint8 [height, width, channels]
      const detections = detector.detect(frame); // faces × {box, score, keyPoints?}, in pixels of the frame
      const boxes = detections.map(({ box }) => toFaceBox(box, detector)); // as large as the classifier knows them
      const inputs = cropper.cropAll(frame, boxes); // float32 [faces, height, width, channels], in the manifest's range
      const outputs = predictor.predict(inputs, boxes.length); // float32 [faces, labels], each row sums to 1
      const faces = detections.map((detection, face) => {
        const row = outputs.subarray(face * labels.length, (face + 1) * labels.length);
        return { ...detection, ...toProbabilities(row, labels) };
      });
      return { width: frame.width, height: frame.height, model: manifest.id, detector: detector.id, faces };
    },
    dispose() {
      stages = undefined;
    },
  };
}
