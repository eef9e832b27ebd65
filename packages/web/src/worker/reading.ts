/**
 * What one analyzer of a page is made of: a model, a detector for pictures and one for the frames of streams, and for
 * each stream the faces that are followed in it.
 */
import {
  createAnalyzer,
  type Analysis,
  type Analyzer,
  type Classifier,
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
  readonly #streams = new Map<number, Promise<Analyzer>>();
  #pictures: Promise<Analyzer> | undefined;

  private constructor(
    private readonly model: Classifier,
    private readonly createDetector: CreateDetector,
    private readonly responseTimeMs: number | undefined,
  ) {}

  /** @throws MienError `MODEL_INVALID`, `UNSUPPORTED` or `USAGE` */
  static async open({ parts, model, contract, detector, responseTimeMs }: OpenTask): Promise<Reading> {
    const loadFormats = createFormatsLoader(parts);
    const classifier = await loadClassifier(model, contract, loadFormats);
    return new Reading(classifier, loadDetector(detector, loadFormats), responseTimeMs);
  }

  /** Makes ready what the first frame of a camera needs, so that broken files fail here. */
  async describe(): Promise<Opened> {
    const { id } = await this.#detectorFor('camera');
    await (this.#pictures ??= this.#createAnalyzer('picture'));
    return { manifest: this.model.manifest, detector: id };
  }

  async analyze({ picture, frame: place }: AnalyzeTask): Promise<Analysis> {
    const frame = await this.#pixels.read(picture);
    if (place === undefined) {
      return (await (this.#pictures ??= this.#createAnalyzer('picture'))).analyzeImage(frame);
    }
    const { stream, timestampMs, restarts } = place;
    let created = this.#streams.get(stream);
    if (created === undefined) {
      created = this.#createAnalyzer('camera');
      this.#streams.set(stream, created);
    }
    const analyzer = await created;
    if (restarts) analyzer.reset();
    return analyzer.analyzeFrame(frame, timestampMs);
  }

  reset(): void {
    this.#streams.clear();
  }

  closeStream(stream: number): void {
    this.#streams.delete(stream);
  }

  async #createAnalyzer(mode: SearchMode): Promise<Analyzer> {
    const detector = await this.#detectorFor(mode);
    const { responseTimeMs } = this;
    return createAnalyzer({
      model: this.model,
      detector,
      ...(responseTimeMs !== undefined && { reactMs: responseTimeMs }),
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
