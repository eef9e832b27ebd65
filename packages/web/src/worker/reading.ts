/**
 * The worker's side of an analyzer: a model, a detector for pictures and one for video frames, and for each stream an
 * analyzer that follows its faces.
 */
import {
  createAsyncAnalyzer,
  type Analysis,
  type AsyncAnalyzer,
  type AsyncClassifier,
  type Detector,
  type SearchMode,
} from '@mien/core';
import type { AnalyzeTask, Opened, OpenTask } from '../protocol/messages.js';
import { loadClassifier } from './load-classifier.js';
import { loadDetector, type CreateDetector } from './load-detector.js';
import { createFormatsLoader } from './load-formats.js';
import { PixelReader } from './read-pixels.js';

export class Reading {
  readonly #pixels = new PixelReader();
  readonly #detectors = new Map<SearchMode, Promise<Detector>>();
  readonly #streams = new Map<number, AsyncAnalyzer>();
  /** Analyzers of closed streams, which are reused: each has its own WebAssembly memory. */
  readonly #idle: AsyncAnalyzer[] = [];
  #pictures: Promise<AsyncAnalyzer> | undefined;

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
    return { manifest: model.manifest, engine, detector: id };
  }

  async analyze({ picture, frame: place }: AnalyzeTask): Promise<Analysis> {
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
      model: this.model,
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
