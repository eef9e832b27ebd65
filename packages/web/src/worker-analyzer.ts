/** The page's side of an analyzer: sends pictures to the worker and watches videos. */
import {
  MienError,
  SEARCH_MODES,
  type Analysis,
  type ClassifierManifest,
  type Explanation,
  type SearchMode,
} from '@mien/core';
import type { Graph } from '@mien/core/nn';
import type { AnalyzeOptions, Analyzer, FrameOptions, WithCrops } from './analyzer.js';
import type { AnalysisWithCrops, FaceCrop, FrameOfStream, Opened } from './protocol/messages.js';
import { toPicture, type AnalysisSource } from './to-picture.js';
import { watchVideo, type OnResult, type WatchOptions } from './watch-video.js';
import type { WorkerClient } from './worker-client.js';

/** The streams of `analyzeFrame`; each `watch` has its own. */
const CALLERS_STREAMS: Readonly<Record<SearchMode, number>> = { camera: 0, picture: 1 };

export class WorkerAnalyzer implements Analyzer {
  #nextStream = SEARCH_MODES.length;
  /** Of the watches, by their streams. */
  readonly #stops = new Map<number, () => void>();

  readonly model: ClassifierManifest;
  readonly engine: string;
  readonly detector: string;
  readonly notices: readonly string[];

  constructor(
    private readonly client: WorkerClient,
    { manifest, engine, detector, notices }: Opened,
  ) {
    this.model = manifest;
    this.engine = engine;
    this.detector = detector;
    this.notices = notices;
  }

  analyze(source: AnalysisSource, options: WithCrops<AnalyzeOptions>): Promise<AnalysisWithCrops>;
  analyze(source: AnalysisSource, options?: AnalyzeOptions): Promise<Analysis>;
  analyze(source: AnalysisSource, { signal, crops }: AnalyzeOptions = {}): Promise<AnalysisWithCrops> {
    return this.#send(source, { crops }, signal) as Promise<AnalysisWithCrops>;
  }

  analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    options: WithCrops<FrameOptions>,
  ): Promise<AnalysisWithCrops>;
  analyzeFrame(source: AnalysisSource, timestampMs: number, options?: FrameOptions): Promise<Analysis>;
  async analyzeFrame(
    source: AnalysisSource,
    timestampMs: number,
    { signal, crops, search = 'camera' }: FrameOptions = {},
  ): Promise<AnalysisWithCrops> {
    if (!SEARCH_MODES.includes(search)) {
      throw new MienError('USAGE', `analyzeFrame: search must be ${SEARCH_MODES.join(' or ')}, got ${search}`); // prettier-ignore
    }
    const frame = { stream: CALLERS_STREAMS[search], search, timestampMs, restarts: false };
    return this.#send(source, { frame, crops }, signal) as Promise<AnalysisWithCrops>;
  }

  watch(
    video: HTMLVideoElement,
    onResult: OnResult<AnalysisWithCrops>,
    options: WithCrops<WatchOptions>,
  ): () => void;
  watch(video: HTMLVideoElement, onResult: OnResult, options?: WatchOptions): () => void;
  watch(
    video: HTMLVideoElement,
    onResult: OnResult<AnalysisWithCrops>,
    { crops, ...options }: WatchOptions = {},
  ): () => void {
    const stream = this.#nextStream++;
    const watching = new AbortController();
    const stop = watchVideo(video, {
      ...options,
      // Without `crops` the caller's function takes results that have none.
      onResult: onResult as OnResult,
      analyze: (timestampMs, restarts) =>
        this.#send(
          video,
          { frame: { stream, search: 'camera', timestampMs, restarts }, crops },
          watching.signal,
        ),
      onStop: () => {
        this.#stops.delete(stream);
        // A frame that is still being captured would open the stream again after it was closed.
        watching.abort();
        this.client.note({ note: 'closeStream', stream });
      },
    });
    if (!watching.signal.aborted) this.#stops.set(stream, stop);
    return stop;
  }

  explain(
    crop: FaceCrop,
    expression: string,
    { signal }: Pick<AnalyzeOptions, 'signal'> = {},
  ): Promise<Explanation> {
    return this.client.call({ kind: 'explain', crop, expression }, [], signal);
  }

  describe(): Promise<Graph> {
    return this.client.call({ kind: 'describe' });
  }

  reset(): void {
    this.client.note({ note: 'reset' });
  }

  dispose(): void {
    for (const stop of [...this.#stops.values()]) stop();
    this.client.terminate(new MienError('USAGE', 'analyzer: used after dispose(); create another one'));
  }

  async #send(
    source: AnalysisSource,
    { frame, crops }: { frame?: FrameOfStream; crops?: boolean | undefined },
    signal?: AbortSignal,
  ): Promise<Analysis> {
    signal?.throwIfAborted();
    const { picture, transfer } = await toPicture(source);
    try {
      const options = { ...(frame && { frame }), ...(crops === true && { crops }) };
      return await this.client.call({ kind: 'analyze', picture, ...options }, transfer, signal);
    } catch (cause) {
      // A picture that never left is still open: the worker ended before the call, or the signal was aborted meanwhile.
      // Browsers complain of frames that are not closed. One that was transferred is closed here already.
      if (picture.kind === 'image') picture.image.close();
      if (!(cause instanceof DOMException && cause.name === 'DataCloneError')) throw cause;
      throw new MienError(
        'USAGE',
        'analyze: the picture comes from another origin, so this page may not read its pixels; set crossOrigin = "anonymous" ' +
          'before its src, on a server that allows it',
        { cause },
      );
    }
  }
}
