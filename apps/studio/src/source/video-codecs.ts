/** Names of codecs, and the command that makes a video which every browser reads. */
const NAMES: Readonly<Record<string, string>> = {
  avc: 'H.264',
  hevc: 'H.265 (HEVC)',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  prores: 'ProRes',
};

/** @param codec as mediabunny or the file itself calls it */
export function nameCodec(codec: string): string {
  return NAMES[codec] ?? codec;
}

/** For a shell: the name may hold anything. */
export function toConversion(name: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const from = name.startsWith('-') ? `./${name}` : name;
  return `ffmpeg -i ${quote(from)} -c:v libx264 -pix_fmt yuv420p -c:a aac ${quote(from.replace(/[.][^./]*$/, '') + '-h264.mp4')}`;
}
