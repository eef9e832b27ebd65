import { expect, it } from 'vitest';
import { nameCodec, toConversion } from './video-codecs.js';

it('names codecs as people know them', () => {
  expect(['hevc', 'av1', 'mp4v'].map(nameCodec)).toEqual(['H.265 (HEVC)', 'AV1', 'mp4v']);
});

it('writes a command in which any file name is one word, and no option', () => {
  expect(toConversion("Anna's clip.mov")).toBe(
    String.raw`ffmpeg -i 'Anna'\''s clip.mov' -c:v libx264 -pix_fmt yuv420p -c:a aac 'Anna'\''s clip-h264.mp4'`,
  );
  expect(toConversion('-y.mkv')).toContain("-i './-y.mkv'");
});
