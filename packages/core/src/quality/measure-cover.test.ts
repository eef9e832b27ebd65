import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBlazeFaceDetector } from '../detect/blazeface/blazeface-detector.js';
import { loadModel } from '../model/load-model.js';
import { createAnalyzer, type Analyzer } from '../analyzer.js';
import type { Face } from '../result.js';

const ROOT = new URL('../../../../', import.meta.url);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
const readModel = (name: string) => ({
  manifest: JSON.parse(readFileSync(new URL(`models/${name}/manifest.json`, ROOT), 'utf8')) as unknown,
  weights: readFileSync(new URL(`models/${name}/weights.safetensors`, ROOT)),
  source: name,
});

let analyzer: Analyzer;
beforeAll(async () => {
  analyzer = await createAnalyzer({
    model: await loadModel(readModel('mini-xception')),
    detector: await createBlazeFaceDetector({ model: readModel('blazeface-short-range') }),
  });
});

/** The portrait with something drawn over it; its face is at (176, 66), 95 pixels wide. */
async function read(drawing: string, size = 512): Promise<Face> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512">${drawing}</svg>`;
  const picture = await sharp(PORTRAIT)
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
  const { data, info } = await sharp(picture)
    .resize(size)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { faces } = analyzer.analyzeImage({ width: info.width, height: info.height, channels: 3, data });
  return faces[0] ?? expect.fail('no face');
}

const MASK = (colour: string) =>
  `<path d="M186,116 Q224,108 262,116 L266,150 Q262,186 226,190 Q188,186 184,150 Z" fill="${colour}"/><path d="M188,136 H264 M188,152 H264" stroke="#0004" stroke-width="2"/>`;

describe('a face', () => {
  it.each([
    ['that is free', ''],
    ['with bars in the background', '<rect x="20" y="0" width="40" height="512" fill="#000"/>'],
    ['with a badge on the chest', '<circle cx="230" cy="300" r="40" fill="#fff"/>'],
  ])('%s is not covered', async (_, drawing) => {
    for (const size of [512, 300, 800]) {
      const { quality } = await read(drawing, size);
      expect(quality).toMatchObject({ verdict: 'good' });
      expect(quality.measures.covered).toBeLessThan(0.5);
    }
  });

  it.each([
    ['a blue mask', MASK('#86b4d4')],
    ['a white mask', MASK('#f0f0f0')],
    ['a black mask', MASK('#1c1c20')],
    [
      'a hand',
      '<g fill="#c98f74" stroke="#8a5a45"><rect x="205" y="130" width="14" height="70" rx="7"/><rect x="219" y="126" width="14" height="74" rx="7"/><rect x="233" y="130" width="14" height="70" rx="7"/></g>',
    ],
    [
      'sunglasses',
      '<path d="M184,94 H264 V104 Q262,120 244,120 Q230,120 227,102 H221 Q218,120 204,120 Q186,120 184,104 Z" fill="#0c0c0e"/>',
    ],
  ])('with %s is covered and unsure', async (_, drawing) => {
    const { quality, unsure } = await read(drawing);
    expect({ verdict: quality.verdict, unsure }).toEqual({ verdict: 'covered', unsure: true });
  });
});
