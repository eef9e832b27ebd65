/** Cameras, `camera:0` or `camera:<name>`, through the capture devices of ffmpeg, which depend on the system. */
import { existsSync } from 'node:fs';
import { MienError } from '@mien/core';
import { readFfmpegFrames } from './ffmpeg-frames.js';
import { requireFfmpeg, startFfmpeg } from './ffmpeg.js';
import { IDLE_MS, type OpenedSource, type Sampling, type TimedFrame } from './source.js';

/**
 * @param name of the camera, or its number: the part of `source` after `camera:`
 * @throws MienError `INPUT_UNREADABLE` if there is no such camera, or while reading, if it is disconnected
 */
export async function openCamera(source: string, name: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(source);
  const args = await toDeviceArguments(source, name);
  const advice = 'check that it is connected, allowed and not used by another program';
  const frames = readFfmpegFrames(ffmpeg, { source, args, advice, idleMs: IDLE_MS }, sampling);
  return { kind: 'video', endMs: sampling.toMs, frames: untilDisconnected(source, frames, sampling) };
}

/** A camera does not end by itself: if it does, it was disconnected. */
async function* untilDisconnected(
  source: string,
  frames: AsyncIterable<TimedFrame>,
  { toMs, signal }: Sampling,
): AsyncGenerator<TimedFrame, void, void> {
  yield* frames;
  if (toMs !== undefined || signal?.aborted === true) return;
  throw new MienError(
    'INPUT_UNREADABLE',
    `${source}: gives no more pictures; check that it is still connected`,
  );
}

/** Ref: ffmpeg-devices(1), sections v4l2, avfoundation, dshow. */
export async function toDeviceArguments(
  source: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string[]> {
  const isNumber = /^\d+$/.test(name);
  switch (platform) {
    case 'darwin':
      // Many cameras reject the default of 29.97.
      return ['-f', 'avfoundation', '-framerate', '30', '-i', `${name}:none`];
    case 'win32':
      return ['-f', 'dshow', '-i', `video=${isNumber ? await nameOfCamera(source, Number(name)) : name}`];
    default: {
      const device = isNumber ? `/dev/video${name}` : name;
      if (!existsSync(device)) {
        throw new MienError(
          'INPUT_UNREADABLE',
          `${source}: there is no camera ${device}; connect it, or name another`,
        );
      }
      return ['-f', 'v4l2', '-i', device];
    }
  }
}

/** DirectShow identifies cameras only by name. */
async function nameOfCamera(source: string, index: number): Promise<string> {
  const { lines, ended } = startFfmpeg(['-nostdin', '-list_devices', 'true', '-f', 'dshow', '-i', 'dummy']);
  const listing: string[] = [];
  lines.on('line', (line) => listing.push(line));
  await ended;
  const names = parseDirectShowCameras(listing);
  const name = names[index];
  if (name !== undefined) return name;
  const known = names.map((text, at) => `${at} is ${text}`).join(', ');
  throw new MienError(
    'INPUT_UNREADABLE',
    `${source}: no such camera (${known === '' ? 'there is none' : known})`,
  );
}

/** The names of cameras in ffmpeg's listing: marked individually since 5.0, before that below a heading. */
export function parseDirectShowCameras(listing: readonly string[]): string[] {
  let isBelowHeading = false;
  return listing.flatMap((line) => {
    if (line.includes('DirectShow')) isBelowHeading = line.includes('video devices');
    const [, name, kind] = /\] +"([^"]+)"(?: \((.*)\))?/.exec(line) ?? [];
    if (name === undefined || line.includes('Alternative name')) return [];
    return (kind === undefined ? isBelowHeading : kind.includes('video')) ? [name] : [];
  });
}
