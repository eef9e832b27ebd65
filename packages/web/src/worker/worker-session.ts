/**
 * The worker's side of an analyzer: a model, a detector for pictures and one for video frames, and for each stream an
 * analyzer that follows its faces.
 */
import {
  createAsyncAnalyzer,
  MienError,
  type Analysis,
  type AsyncAnalyzer,
  type AsyncClassifier,
  type Detector,
  type Explainer,
  type Explanation,
  type SearchMode,
} from '@mien/core';
import type { Graph } from '@mien/core/nn';
import type { AnalysisWithCrops, AnalyzeTask, ExplainTask, Opened, OpenTask } from '../protocol/messages.js';
import { CropRecorder, toModelOfCrops, toSamples } from './crop-recorder.js';
import { loadClassifier } from './load-classifier.js';
import { loadDetector, type CreateDetector } from './load-detector.js';
import { createPartLoader, type PartLoader } from './load-parts.js';
import { PixelReader } from './read-pixels.js';

/** Frames that are followed together. */
interface Stream {
  readonly search: SearchMode;
  readonly analyzer: AsyncAnalyzer;
}

export class WorkerSession {
  readonly #pixels = new PixelReader();
  readonly #recorder = new CropRecorder();
  readonly #detectors = new Map<SearchMode, Promise<Detector>>();
  readonly #streams = new Map<number, Stream>();
  /** Of closed streams, which are reused: each has its own WebAssembly memory. */
  readonly #idle: Stream[] = [];
  #pictures: Promise<AsyncAnalyzer> | undefined;
  #explainer: Promise<Explainer> | undefined;

  private constructor(
    private readonly model: AsyncClassifier,
    private readonly createDetector: CreateDetector,
    private readonly parts: PartLoader,
    private readonly responseTimeMs: number | undefined,
  ) {}

  /** @throws MienError `MODEL_INVALID`, `UNSUPPORTED` or `USAGE` */
  static async open(task: OpenTask): Promise<WorkerSession> {
    const parts = createPartLoader(task.parts);
    const model = await loadClassifier(task, parts.formats);
    return new WorkerSession(model, loadDetector(task.detector, parts.formats), parts, task.responseTimeMs);
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
  async explain({ crop, expression }: ExplainTask): Promise<Explanation> {
    this.#explainer ??= this.#createExplainer();
    const explainer = await this.#explainer.catch((error: unknown) => {
      this.#explainer = undefined; // The next call loads it again: the connection may be back.
      throw error;
    });
    return explainer.explain(toSamples(crop.data, this.model.manifest.input), expression);
  }

  async #createExplainer(): Promise<Explainer> {
    const { createExplainer } = await this.parts.explain();
    return createExplainer(toModelOfCrops(this.model));
  }

  /** @throws MienError `UNSUPPORTED` if another engine runs the model */
  describeNetwork(): Graph {
    const { model } = this;
    if ('graph' in model) return model.graph;
    throw new MienError(
      'UNSUPPORTED',
      `${model.manifest.id}: runs in ${model.engine}, which does not show its layers`,
    );
  }

  async #analyze({ picture, frame: place }: AnalyzeTask): Promise<Analysis> {
    const frame = await this.#pixels.read(picture);
    if (place === undefined) {
      return (await (this.#pictures ??= this.#createAnalyzer('picture'))).analyzeImage(frame);
    }
    const { stream, search, timestampMs, restarts } = place;
    const { analyzer } = this.#streams.get(stream) ?? (await this.#openStream(stream, search));
    if (restarts) analyzer.reset();
    return analyzer.analyzeFrame(frame, timestampMs);
  }

  async #openStream(id: number, search: SearchMode): Promise<Stream> {
    const idle = this.#idle.findIndex((stream) => stream.search === search);
    const [reused] = idle === -1 ? [] : this.#idle.splice(idle, 1);
    const stream = reused ?? { search, analyzer: await this.#createAnalyzer(search) };
    this.#streams.set(id, stream);
    return stream;
  }

  reset(): void {
    for (const { analyzer } of this.#streams.values()) analyzer.reset();
  }

  closeStream(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    stream.analyzer.reset();
    this.#idle.push(stream);
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
