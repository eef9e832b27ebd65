/** Videos of the portrait, made by ffmpeg: the face moves, so that every frame is another one. */
import { ffmpeg, PORTRAIT } from '../../packages/node/src/testing/make-video.js';

export interface VideoOptions {
  readonly seconds: number;
  readonly rate: number;
  /** More filters, after the movement. */
  readonly filter?: string;
  readonly hasSound?: boolean;
  /** Of ffmpeg, for the output. */
  readonly codec: readonly string[];
}

/** 360×360 pixels, of which the face is about a quarter of the width. */
export async function makeMovingFace(
  path: string,
  { seconds, rate, filter, hasSound = false, codec }: VideoOptions,
): Promise<void> {
  const movement = "scale=512:512,crop=360:360:x='76+60*sin(2*t)':y='20+20*cos(3*t)'";
  await ffmpeg(
    ...['-loop', '1', '-r', String(rate), '-i', PORTRAIT],
    ...(hasSound ? ['-f', 'lavfi', '-i', 'sine=440'] : []),
    ...['-t', String(seconds), '-vf', [movement, ...(filter === undefined ? [] : [filter])].join(',')],
    ...['-pix_fmt', 'yuv420p', ...codec, path],
  );
}
