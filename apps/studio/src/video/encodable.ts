import type { VideoContainer } from './messages.js';

/** The best that every player knows comes first. Levels are of 4K. */
const CHOICES: readonly (readonly [codec: string, container: VideoContainer])[] = [
  ['avc1.640033', 'mp4'],
  ['vp09.00.51.08', 'webm'],
  ['vp8', 'webm'],
];

/** As what this browser can write a video of that size; `undefined` if it cannot. */
export async function findContainer(size: {
  readonly width: number;
  readonly height: number;
}): Promise<VideoContainer | undefined> {
  if (!('VideoEncoder' in globalThis)) return undefined;
  const [width, height] = [size.width & ~1, size.height & ~1];
  for (const [codec, container] of CHOICES) {
    const config = { codec, width, height, bitrate: 2_000_000, framerate: 30 };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported === true) return container;
  }
  return undefined;
}
