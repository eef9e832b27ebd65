/** Gives an MP4 file another transformation matrix, as phones write it: `[a, b, c, d]` of `tkhd`. */
export function turnVideo(bytes: Buffer, [a, b, c, d]: readonly [number, number, number, number]): Buffer {
  const toMatrix = (...values: number[]) => {
    const matrix = Buffer.alloc(36);
    for (const [index, value] of values.entries())
      matrix.writeInt32BE(Math.round(value * 0x10000), [0, 4, 12, 16][index]);
    matrix.writeInt32BE(0x40000000, 32);
    return matrix;
  };
  const turned = Buffer.from(bytes);
  const at = turned.indexOf(toMatrix(1, 0, 0, 1), turned.indexOf('tkhd', 0, 'latin1'));
  if (at < 0) throw new Error('no track with an identity matrix');
  toMatrix(a, b, c, d).copy(turned, at);
  return turned;
}
