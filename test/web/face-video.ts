/** Moving pictures of a face, as cameras and files have them. */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { createFootage, timesOf } from '../footage/made-up-footage.js';
import { loadCast } from '../footage/sprites.js';

const SECONDS = 2;
const RATE = 15;

/** A face that sways and comes back to where it began, so that it can be played over and over: a JPEG for each frame. */
async function createFrames(): Promise<Buffer[]> {
  const { people } = await loadCast();
  const footage = createFootage({
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
      const { width, height, channels, data } = footage.momentAt(ms).frame;
      return sharp(data, { raw: { width, height, channels } }).jpeg().toBuffer();
    }),
  );
}

/** A file that Chromium's made-up camera plays, and the flags that make it do so. */
export async function makeCamera(path: string): Promise<readonly string[]> {
  await writeFile(path, Buffer.concat(await createFrames()));
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`];
}
