/** What `/metrics` says, in the text format of Prometheus. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface Metrics {
  /** @param route its pattern, such as `/v1/jobs/:id`: paths would hold ids and grow without end */
  onRequest(method: string, route: string, status: number, seconds: number): void;
  /** @param outcome `skipped`: a newer one came while it waited */
  onFrame(outcome: 'analysed' | 'skipped' | 'refused'): void;
  readonly contentType: string;
  text(): Promise<string>;
}

export interface Sampled {
  readonly pictureLoad: () => number;
  readonly openStreams: () => number;
  readonly runningSegments: () => number;
  /** Segments by state. */
  readonly segments: () => Promise<ReadonlyMap<string, number>>;
}

/** @param sampled read when metrics are asked for */
export function createMetrics({ pictureLoad, openStreams, runningSegments, segments }: Sampled): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'mien_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'mien_http_request_duration_seconds',
    help: 'Time from the headers of a request to those of its answer.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  new Gauge({
    name: 'mien_pictures_in_progress',
    help: 'Pictures that wait or are being analysed.',
    registers,
    collect() {
      this.set(pictureLoad());
    },
  });
  const frames = new Counter({
    name: 'mien_stream_frames_total',
    help: 'Frames of streams: analysed, skipped because a newer one came, or refused.',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'mien_streams_open',
    help: 'Open streams.',
    registers,
    collect() {
      this.set(openStreams());
    },
  });
  new Gauge({
    name: 'mien_segments_running',
    help: 'Segments of jobs that this process analyses.',
    registers,
    collect() {
      this.set(runningSegments());
    },
  });
  new Gauge({
    name: 'mien_segments',
    help: 'Segments of all jobs in the database, by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      for (const [state, count] of await segments()) this.set({ state }, count);
    },
  });
  return {
    onRequest(method, route, status, seconds) {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, seconds);
    },
    onFrame: (outcome) => frames.inc({ outcome }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
