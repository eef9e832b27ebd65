/** The worker thread of `picture-pool.ts`: answers one picture or frame of a stream after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { MienError, type Analysis } from '@mien/core';
import { createAnalyzer, type Analyzer, type FrameFollower } from '@mien/node';
import { DEFAULT_MODEL } from '@mien/node/models';
import { checkPicture } from '@mien/node/pictures';
import type {
  FromPictureThread,
  PictureTask,
  PictureThreadSettings,
  ToPictureThread,
} from './thread-messages.js';

/** What messages call the picture: its own name stays with the sender. */
const NAME = 'picture';
/** Models that stay loaded beside the default one, the last used. */
const MAX_MODELS = 3;

const { maxPixels } = workerData as PictureThreadSettings;
const say = (message: FromPictureThread): void => parentPort?.postMessage(message);

const standard = await createAnalyzer();
/** In the order of their last use. */
const others = new Map<string, Promise<Analyzer>>();
const streams = new Map<number, Promise<FrameFollower>>();

parentPort?.on('message', (message: ToPictureThread) => {
  if (message.kind === 'endStream') void endStream(message.stream);
  else answer(message);
});
say({ kind: 'ready' });

function answer(task: PictureTask): void {
  analyze(task).then(
    (analysis) => say({ kind: 'analysis', analysis }),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      say({ kind: 'error', code: error instanceof MienError ? error.code : undefined, message });
    },
  );
}

async function analyze({ bytes, model = DEFAULT_MODEL, frame }: PictureTask): Promise<Analysis> {
  // The header is checked first: a small file may hold a picture of any size.
  const { width, height } = await checkPicture(NAME, bytes);
  if (width * height > maxPixels) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${NAME}: ${width}×${height} pixels, the limit of this service is ${maxPixels / 1e6} megapixels; make it smaller`,
    );
  }
  if (frame === undefined) return (await analyzerOf(model)).analyze(bytes);
  const follower = await followerOf(frame.stream, model);
  return follower.analyze(bytes, frame.timestampMs);
}

async function analyzerOf(model: string): Promise<Analyzer> {
  if (model === DEFAULT_MODEL) return standard;
  const known = others.get(model);
  others.delete(model);
  const analyzer = known ?? createAnalyzer({ model });
  others.set(model, analyzer);
  const [oldest] = others.keys();
  if (others.size > MAX_MODELS && oldest !== undefined) {
    const unused = others.get(oldest);
    others.delete(oldest);
    await (await unused)?.dispose(); // Streams that use it are told at their next frame.
  }
  return analyzer.catch((error: unknown) => {
    others.delete(model);
    throw error;
  });
}

function followerOf(stream: number, model: string): Promise<FrameFollower> {
  let follower = streams.get(stream);
  if (follower === undefined) {
    follower = analyzerOf(model).then((analyzer) => analyzer.follow());
    streams.set(stream, follower);
    follower.catch(() => streams.delete(stream));
  }
  return follower;
}

async function endStream(stream: number): Promise<void> {
  const follower = streams.get(stream);
  streams.delete(stream);
  await (await follower?.catch(() => undefined))?.dispose();
}
