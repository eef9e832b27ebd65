// Writes the pixels of a picture, as the command decodes it, to standard output: width and height as two uint32, then RGB.
// The oracle reads its pixels through this, because JPEG decoders differ by a level here and there.
// @ts-check
import sharp from 'sharp';

const { data, info } = await sharp(process.argv[2])
  .rotate()
  .flatten({ background: '#fff' })
  .toColourspace('srgb')
  .removeAlpha()
  .raw()
  .toBuffer({ resolveWithObject: true });
process.stdout.write(Buffer.from(Uint32Array.of(info.width, info.height).buffer));
process.stdout.write(data);
