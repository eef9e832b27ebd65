/**
 * Reads the frames of a video that are analysed, as fast as the device decodes them, with the times that `mien analyze` gives
 * them: those of the file, from its start, in whole units of its time base.
 */
import { createFrameSampler } from '@mien/core';
import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  VideoSampleSink,
  type InputVideoTrack,
} from 'mediabunny';
import type { FromVideoWorker, ReadTask } from './messages.js';

type Post = (message: FromVideoWorker, transfer?: Transferable[]) => void;

/** @param isWanted resolves when the next frame is asked for */
export async function readVideo(
  { file, everyMs }: ReadTask,
  post: Post,
  isWanted: () => Promise<void>,
): Promise<void> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  try {
    const track = await openTrack(input, post);
    if (track === undefined) return;
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    post({ kind: 'opened', durationMs: (await input.computeDuration()) * 1000, width, height });
    const chosen = await chooseTimes(input, track, everyMs);
    const samples = new VideoSampleSink(track).samplesAtTimestamps(chosen.map(({ timestamp }) => timestamp));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser has no canvas in workers');
    let index = 0;
    for await (const sample of samples) {
      const { timestampMs } = chosen[index++]!;
      if (sample === null) continue;
      try {
        await isWanted();
        sample.draw(context, 0, 0, width, height); // Upright, whatever the rotation in the file.
      } finally {
        sample.close();
      }
      const image = canvas.transferToImageBitmap();
      post({ kind: 'frame', timestampMs, image }, [image]);
    }
    post({ kind: 'end' });
  } finally {
    input.dispose();
  }
}

/** @returns `undefined` where this browser cannot decode the file, which was said then */
async function openTrack(input: Input, post: Post): Promise<InputVideoTrack | undefined> {
  if (!(await input.canRead())) {
    post({ kind: 'unreadable' });
    return undefined;
  }
  const format = (await input.getFormat()).name;
  const track = await input.getPrimaryVideoTrack();
  if (track === null) {
    const hasSound = (await input.getPrimaryAudioTrack()) !== null;
    post({
      kind: 'unreadable',
      format,
      ...(hasSound ? { isWithoutPictures: true } : { isWithoutTracks: true }),
    });
    return undefined;
  }
  if (await track.canDecode()) return track;
  const codec = (await track.getCodec()) ?? (await nameInside(track));
  post({ kind: 'unreadable', format, ...(codec !== undefined && { codec }) });
  return undefined;
}

/** What the file itself calls its codec, if that can be shown. */
async function nameInside(track: InputVideoTrack): Promise<string | undefined> {
  const name = await track.getInternalCodecId();
  return typeof name === 'string' && /^[\x20-\x7e]{1,40}$/.test(name) ? name.trim() : undefined;
}

async function chooseTimes(input: Input, track: InputVideoTrack, everyMs: number) {
  const unitsPerSecond = await track.getTimeResolution();
  // Sound may begin some ms before 0: the lead-in of its encoder, which players skip.
  const origin = Math.round(Math.max(0, await input.getFirstTimestamp()) * unitsPerSecond);
  const times: { readonly timestamp: number; readonly timestampMs: number }[] = [];
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true });
  for await (const { timestamp } of packets) {
    const units = Math.round(timestamp * unitsPerSecond) - origin;
    times.push({ timestamp, timestampMs: (units * 1000) / unitsPerSecond });
  }
  // They come in the order of decoding.
  times.sort((a, b) => a.timestampMs - b.timestampMs);
  const isTaken = createFrameSampler({ everyMs });
  return times.filter(({ timestampMs }) => isTaken(timestampMs));
}
