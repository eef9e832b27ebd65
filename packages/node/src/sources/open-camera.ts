/** Cameras, `camera:0` or `camera:<name>`, by way of ffmpeg's devices: each system has its own. */
import { existsSync } from 'node:fs';
import { MienError } from '@mien/core';
import { readFfmpegFrames } from './ffmpeg-frames.js';
import { requireFfmpeg, startFfmpeg } from './ffmpeg.js';
import type { OpenedSource, Sampling, TimedFrame } from './source.js';

/**
 * @param name of the camera, or its number, as `source` has it after `camera:`
 * @throws MienError `INPUT_UNREADABLE` where there is no such camera; while it is read too, when it is taken away
 */
export async function openCamera(source: string, name: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(source);
  const args = await toDeviceArguments(source, name);
  const advice = 'check that it is connected, allowed and not used by another program';
  const frames = readFfmpegFrames(ffmpeg, { source, args, advice }, sampling);
  return { kind: 'footage', endMs: sampling.toMs, frames: untilTakenAway(source, frames, sampling) };
}

/** A camera does not end by itself. */
async function* untilTakenAway(
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
      // Its default of 29.97 is refused by many cameras.
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

/** DirectShow knows cameras by name only. */
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

/** The names of cameras in ffmpeg's listing: marked one by one since 5.0, below a heading before. */
export function parseDirectShowCameras(listing: readonly string[]): string[] {
  let isBelowHeading = false;
  return listing.flatMap((line) => {
    if (line.includes('DirectShow')) isBelowHeading = line.includes('video devices');
    const [, name, kind] = /\] +"([^"]+)"(?: \((.*)\))?/.exec(line) ?? [];
    if (name === undefined || line.includes('Alternative name')) return [];
    return (kind === undefined ? isBelowHeading : kind.includes('video')) ? [name] : [];
  });
}
