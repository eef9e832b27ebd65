/** A synthetic video of a face, for Chromium's fake camera. */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { createSyntheticVideo, timesOf } from '../synthetic-video/synthetic-video.js';
import { loadCast } from '../synthetic-video/sprites.js';

const SECONDS = 2;
const RATE = 15;

/** A face that moves and returns to its first position, so that the video loops; a JPEG for each frame. */
async function createFrames(): Promise<Buffer[]> {
  const { people } = await loadCast();
  const video = createSyntheticVideo({
    width: 640,
    height: 480,
    actors: [
      {
        course: (ms) => ({ x: 320 + 80 * Math.sin((ms / 1000 / SECONDS) * 2 * Math.PI), y: 240, size: 120 }),
        shows: [{ fromMs: 0, sprite: people[0] }],
      },
    ],
  });
  return Promise.all(
    timesOf(SECONDS - 0.01, RATE).map((ms) => {
      const { width, height, channels, data } = video.frameAt(ms).frame;
      return sharp(data, { raw: { width, height, channels } }).jpeg().toBuffer();
    }),
  );
}

/** Writes the file that Chromium's fake camera plays, and returns the flags for that. */
export async function makeCamera(path: string): Promise<readonly string[]> {
  await writeFile(path, Buffer.concat(await createFrames()));
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`];
}
