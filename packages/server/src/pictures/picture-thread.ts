/** The worker thread of `picture-pool.ts`: answers one picture or frame of a stream after another, in the order in which they come. */
import { parentPort, workerData } from 'node:worker_threads';
import { MienError, type Analysis } from '@mien/core';
import type { FrameFollower } from '@mien/node';
import { checkPicture, decodePixels } from '@mien/node/pictures';
import { loadModels } from './loaded-models.js';
import {
  takeTask,
  type Classified,
  type CropsTask,
  type FromPictureThread,
  type PictureTask,
  type PictureThreadSettings,
  type ThreadTask,
  type ToPictureThread,
} from './thread-messages.js';

/** What messages call the picture: its own name stays with the sender. */
const NAME = 'picture';

const { maxPixels } = workerData as PictureThreadSettings;
const say = (message: FromPictureThread): void => parentPort?.postMessage(message);

const models = await loadModels();
const streams = new Map<number, Promise<FrameFollower>>();
/** The task that came last. */
let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (message: ToPictureThread) => {
  if (message.kind === 'endStream') {
    void endStream(message.stream);
    return;
  }
  const { task, claim } = message;
  last = last.then(() => (takeTask(claim) ? answer(task) : undefined));
});
say({ kind: 'ready' });

async function answer(task: ThreadTask): Promise<void> {
  try {
    say({ kind: 'answer', value: await (task.kind === 'analyze' ? analyze(task) : classify(task)) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ kind: 'error', code: error instanceof MienError ? error.code : undefined, message });
  }
}

async function analyze({ bytes, model, frame }: PictureTask): Promise<Analysis> {
  // The header is checked first: a small file may hold a picture of any size.
  const picture = await checkPicture(NAME, bytes);
  const { width, height } = picture;
  if (width * height > maxPixels) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${NAME}: ${width}×${height} pixels, the limit of this service is ${maxPixels / 1e6} megapixels; make it smaller`,
    );
  }
  const pixels = await decodePixels(picture);
  if (frame === undefined) return (await models.get(model)).analyzer.analyze(pixels);
  const follower = await followerOf(frame.stream, model);
  return follower.analyze(pixels, frame.timestampMs);
}

async function classify({ crops, shape, model: name }: CropsTask): Promise<Classified> {
  const { model, predictor } = await (await models.get(name)).network();
  const { height, width, channels } = model.manifest.input;
  const [count, ...size] = shape;
  const expected = [height, width, channels];
  if (size.join() !== expected.join() || crops.length !== count * height * width * channels) {
    throw new MienError(
      'USAGE',
      `crops: ${model.manifest.id} takes [n, ${expected.join(', ')}], got [${shape.join(', ')}] with ${crops.length} numbers`,
    );
  }
  return { labels: model.labels, probabilities: (await predictor.predict(crops, count)).slice() };
}

function followerOf(stream: number, model: string | undefined): Promise<FrameFollower> {
  let follower = streams.get(stream);
  if (follower === undefined) {
    follower = models.get(model).then(({ analyzer }) => analyzer.follow());
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
