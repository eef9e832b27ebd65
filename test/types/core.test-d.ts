/**
 * What the types of @mien/core promise. Nothing here runs: `npm run check` compiles it, and a promise that is broken is an
 * error there.
 */
import type { ERROR_CODES, MienError, VERDICTS } from '@mien/core';
import {
  createAnalyzer,
  createAsyncAnalyzer,
  createBlazeFaceDetector,
  checkFrame,
  createHaarDetector,
  loadModel,
  type Analysis,
  type Analyzer,
  type AsyncAnalyzer,
  type AsyncExternalModel,
  type Box,
  type Detector,
  type Face,
  type Frame,
  type Model,
  type Predictor,
  type Verdict,
} from '@mien/core';
import { createNetwork, GraphBuilder, type Graph, type Network, type Weights } from '@mien/core/nn';
import { expectTypeOf } from 'vitest';

declare const model: Model;
declare const asyncModel: AsyncExternalModel;
declare const detector: Detector;
declare const frame: Frame;
declare const analysis: Analysis;
declare const face: Face;

// Analyzers: the same calls, at once or by promise.
expectTypeOf(createAnalyzer({ model, detector })).resolves.toEqualTypeOf<Analyzer>();
expectTypeOf<Analyzer['analyzeImage']>().toEqualTypeOf<(frame: Frame) => Analysis>();
expectTypeOf<Analyzer['analyzeFrame']>().toEqualTypeOf<(frame: Frame, timestampMs: number) => Analysis>();
expectTypeOf(createAsyncAnalyzer({ model, detector })).resolves.toEqualTypeOf<AsyncAnalyzer>();
expectTypeOf<AsyncAnalyzer['analyzeImage']>().returns.resolves.toEqualTypeOf<Analysis>();
// @ts-expect-error a detector is needed
void createAnalyzer({ model });
expectTypeOf(createAsyncAnalyzer({ model: asyncModel, detector })).resolves.toEqualTypeOf<AsyncAnalyzer>();
// @ts-expect-error a model that answers by promise needs createAsyncAnalyzer
void createAnalyzer({ model: asyncModel, detector });

// Frames: pixels of a canvas and of a decoder, one, three or four channels.
checkFrame({ width: 1, height: 1, channels: 3, data: new Uint8Array(3) });
checkFrame({ width: 1, height: 1, channels: 4, data: new Uint8ClampedArray(4) });
// @ts-expect-error two channels are no picture
checkFrame({ width: 1, height: 1, channels: 2, data: new Uint8Array(2) });
// @ts-expect-error floats are no pixels
checkFrame({ width: 1, height: 1, channels: 1, data: new Float32Array(1) });
expectTypeOf(checkFrame(frame)).toEqualTypeOf<Frame>();

// Results: read-only, with optional parts only where a picture or a detector has none.
expectTypeOf(analysis.faces).toEqualTypeOf<readonly Face[]>();
expectTypeOf(analysis.timestampMs).toEqualTypeOf<number | undefined>();
expectTypeOf(face.box).toEqualTypeOf<Box>();
expectTypeOf(face.id).toEqualTypeOf<number | undefined>();
expectTypeOf(face.expression).toBeString();
expectTypeOf(face.probabilities).toEqualTypeOf<Readonly<Record<string, number>>>();
expectTypeOf(face.quality.verdict).toEqualTypeOf<Verdict>();
expectTypeOf(face.smoothed?.sinceMs).toEqualTypeOf<number | undefined>();
// @ts-expect-error results do not change
face.expression = 'happy';
expectTypeOf(analysis.faces).not.toHaveProperty('push');

// Closed sets: a switch over them can be exhaustive.
expectTypeOf<Verdict>().toEqualTypeOf<(typeof VERDICTS)[number]>();
expectTypeOf<'good'>().toExtend<Verdict>();
expectTypeOf<'fine'>().not.toExtend<Verdict>();
expectTypeOf<MienError['code']>().toEqualTypeOf<(typeof ERROR_CODES)[number]>();
expectTypeOf<MienError>().toExtend<Error>();

// Models and detectors.
const source = { manifest: {} as unknown, weights: new Uint8Array(), source: 'file' };
expectTypeOf(loadModel(source)).resolves.toEqualTypeOf<Model>();
expectTypeOf(createBlazeFaceDetector({ model: source })).resolves.toExtend<Detector>();
expectTypeOf(createHaarDetector({ cascade: new Uint8Array() })).resolves.toExtend<Detector>();
// @ts-expect-error the modes are 'camera' and the like
void createBlazeFaceDetector({ model: source, mode: 'fast' });

// Networks.
const g = new GraphBuilder('types', [8, 8, 1]);
const graph = g.build(g.softmax(g.dense(g.flatten(g.input), { units: 7 })));
expectTypeOf(graph).toEqualTypeOf<Graph>();
expectTypeOf(createNetwork(graph, new Map() satisfies Weights)).resolves.toEqualTypeOf<Network>();
expectTypeOf<Network['predict']>().toExtend<Predictor['predict']>();
// @ts-expect-error a picture has height, width and channels
new GraphBuilder('types', [8, 8]);
// @ts-expect-error a dense layer needs its units
g.dense(g.input, {});
