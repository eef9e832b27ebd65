/**
 * The worker's side of an analyzer: a model, a detector for pictures and one for video frames, and for each stream an
 * analyzer that follows its faces.
 */
import {
  createAsyncAnalyzer,
  createAsyncPredictor,
  MienError,
  type Analysis,
  type AsyncAnalyzer,
  type AsyncClassifier,
  type AsyncPredictor,
  type Detector,
  type SearchMode,
} from '@mien/core';
import type {
  AnalysisWithCrops,
  AnalyzeTask,
  ExplainTask,
  OcclusionMap,
  Opened,
  OpenTask,
} from '../protocol/messages.js';
import { CropRecorder, toSamples } from './crop-recorder.js';
import { loadClassifier } from './load-classifier.js';
import { loadDetector, type CreateDetector } from './load-detector.js';
import { createFormatsLoader } from './load-formats.js';
import { createOcclusionMap, OCCLUSION_GRID } from './occlusion-map.js';
import { PixelReader } from './read-pixels.js';

export class Reading {
  readonly #pixels = new PixelReader();
  readonly #recorder = new CropRecorder();
  readonly #detectors = new Map<SearchMode, Promise<Detector>>();
  readonly #streams = new Map<number, AsyncAnalyzer>();
  /** Analyzers of closed streams, which are reused: each has its own WebAssembly memory. */
  readonly #idle: AsyncAnalyzer[] = [];
  #pictures: Promise<AsyncAnalyzer> | undefined;
  #explainer: Promise<AsyncPredictor> | undefined;

  private constructor(
    private readonly model: AsyncClassifier,
    private readonly createDetector: CreateDetector,
    private readonly responseTimeMs: number | undefined,
  ) {}

  /** @throws MienError `MODEL_INVALID`, `UNSUPPORTED` or `USAGE` */
  static async open(task: OpenTask): Promise<Reading> {
    const loadFormats = createFormatsLoader(task.parts);
    const model = await loadClassifier(task, loadFormats);
    return new Reading(model, loadDetector(task.detector, loadFormats), task.responseTimeMs);
  }

  /** Compiles the networks, so that invalid files fail here instead of at the first picture. */
  async describe(): Promise<Opened> {
    const { id } = await this.#detectorFor('camera');
    await (this.#pictures ??= this.#createAnalyzer('picture'));
    const { model } = this;
    const engine = 'engine' in model ? model.engine : 'mien';
    return { manifest: model.manifest, engine, detector: id, notices: model.notices ?? [] };
  }

  async analyze(task: AnalyzeTask): Promise<Analysis | AnalysisWithCrops> {
    this.#recorder.forget();
    const analysis = await this.#analyze(task);
    return task.crops === true
      ? { ...analysis, crops: this.#recorder.toCrops(this.model.manifest.input) }
      : analysis;
  }

  /** @throws MienError `USAGE` for a crop of another size, or an expression that the model does not have */
  async explain({ crop, expression }: ExplainTask): Promise<OcclusionMap> {
    const { manifest, labels } = this.model;
    const { height, width, channels } = manifest.input;
    const label = labels.indexOf(expression);
    if (label < 0) throw new MienError('USAGE', `explain: ${manifest.id} has no expression ${expression}`);
    if (crop.height !== height || crop.width !== width || crop.data.length !== height * width * channels) {
      throw new MienError(
        'USAGE',
        `explain: the crop must be ${width}×${height}×${channels}, as ${manifest.id} sees it; got ${crop.width}×${crop.height}×${crop.channels}`,
      );
    }
    const predictor = await (this.#explainer ??= createAsyncPredictor(this.model));
    const samples = toSamples(crop.data, manifest.input);
    return {
      grid: OCCLUSION_GRID,
      falls: await createOcclusionMap(predictor, samples, manifest.input, label),
    };
  }

  async #analyze({ picture, frame: place }: AnalyzeTask): Promise<Analysis> {
    const frame = await this.#pixels.read(picture);
    if (place === undefined) {
      return (await (this.#pictures ??= this.#createAnalyzer('picture'))).analyzeImage(frame);
    }
    const { stream, timestampMs, restarts } = place;
    let analyzer = this.#streams.get(stream);
    if (analyzer === undefined) {
      analyzer = this.#idle.pop() ?? (await this.#createAnalyzer('camera'));
      this.#streams.set(stream, analyzer);
    }
    if (restarts) analyzer.reset();
    return analyzer.analyzeFrame(frame, timestampMs);
  }

  reset(): void {
    for (const analyzer of this.#streams.values()) analyzer.reset();
  }

  closeStream(stream: number): void {
    const analyzer = this.#streams.get(stream);
    if (analyzer === undefined) return;
    this.#streams.delete(stream);
    analyzer.reset();
    this.#idle.push(analyzer);
  }

  async #createAnalyzer(mode: SearchMode): Promise<AsyncAnalyzer> {
    const detector = await this.#detectorFor(mode);
    const { responseTimeMs } = this;
    return createAsyncAnalyzer({
      model: this.#recorder.record(this.model),
      detector,
      ...(responseTimeMs !== undefined && { responseTimeMs }),
    });
  }

  #detectorFor(mode: SearchMode): Promise<Detector> {
    let created = this.#detectors.get(mode);
    if (created === undefined) {
      created = this.createDetector(mode);
      this.#detectors.set(mode, created);
    }
    return created;
  }
}
