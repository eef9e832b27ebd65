import { describe, expect, it } from 'vitest';
import { FER2013_CROP, parseManifest } from './manifest.js';
import { DEFAULT_QUALITY } from './quality-thresholds.js';

const SOURCE = 'manifest.json';

const CLASSIFIER = {
  id: 'mini-xception',
  name: 'mini_Xception',
  kind: 'classifier',
  labels: ['angry', 'happy'],
  input: { width: 48, height: 48, channels: 1, range: [-1, 1], layout: 'NHWC' },
  crop: { scale: 1.1, offsetX: 0, offsetY: 0.05 },
  weights: { file: 'weights.safetensors', sha256: 'a'.repeat(64) },
  licence: 'MIT',
  provenance: { dataset: 'FER2013' },
  metrics: {},
};

it('parses a classifier', () => {
  expect(parseManifest(CLASSIFIER, SOURCE)).toEqual({
    ...CLASSIFIER,
    input: { width: 48, height: 48, channels: 1, range: [-1, 1] },
  });
});

it('reads the temperature that calibrates, and has none unless it says so', () => {
  const manifest = parseManifest({ ...CLASSIFIER, calibration: { temperature: 1.3, other: 1 } }, SOURCE);
  expect(manifest).toHaveProperty('calibration', { temperature: 1.3 });
  expect(parseManifest(CLASSIFIER, SOURCE)).not.toHaveProperty('calibration');
});

it('parses upright crops and quality thresholds, each with its default', () => {
  const crop = { ...CLASSIFIER.crop, upright: true };
  const manifest = parseManifest({ ...CLASSIFIER, crop, quality: { minSidePx: 40, other: 1 } }, SOURCE);
  expect(manifest).toMatchObject({ crop, quality: { ...DEFAULT_QUALITY, minSidePx: 40 } });
  expect(manifest).not.toHaveProperty('quality.other');
});

it('parses a detector, which has neither labels nor input', () => {
  const detector = { ...CLASSIFIER, kind: 'detector', labels: undefined, input: undefined, crop: undefined };
  const manifest = parseManifest(detector, SOURCE);
  expect(manifest).toMatchObject({ kind: 'detector', id: 'mini-xception' });
  expect(manifest).not.toHaveProperty('labels');
});

it('defaults to the crop of FER2013, and ignores unknown keys', () => {
  expect(parseManifest({ ...CLASSIFIER, crop: undefined, future: 1 }, SOURCE)).toMatchObject({
    crop: FER2013_CROP,
  });
});

describe('rejects, naming the key and the value', () => {
  const input = CLASSIFIER.input;
  it.each<[unknown, string]>([
    [null, 'manifest must be an object, got null'],
    [[], 'manifest must be an object, got []'],
    [{ ...CLASSIFIER, id: '../evil' }, 'id must be lower-case words joined by hyphens, got "../evil"'],
    [{ ...CLASSIFIER, id: undefined }, 'id must be a text of 1 to 200 characters, got nothing'],
    [{ ...CLASSIFIER, name: 'x'.repeat(300) }, 'name must be a text'],
    [{ ...CLASSIFIER, kind: 'toString' }, 'kind must be one of classifier, detector, got "toString"'],
    [
      { ...CLASSIFIER, weights: { ...CLASSIFIER.weights, file: '../../secret' } },
      'weights.file must be the name of',
    ],
    [{ ...CLASSIFIER, weights: { ...CLASSIFIER.weights, file: 'a\\b' } }, 'weights.file must be the name of'],
    [{ ...CLASSIFIER, weights: { ...CLASSIFIER.weights, sha256: 'abc' } }, 'weights.sha256 must be 64'],
    [{ ...CLASSIFIER, labels: [] }, 'labels must be a list of 1 to 1000 names, got []'],
    [{ ...CLASSIFIER, labels: ['a', 'a'] }, 'labels must be names that differ'],
    [{ ...CLASSIFIER, labels: ['a', 7] }, 'labels[1] must be a text'],
    [
      { ...CLASSIFIER, input: { ...input, width: 0 } },
      'input.width must be a whole number from 1 to 4096, got 0',
    ],
    [{ ...CLASSIFIER, input: { ...input, height: 1e9 } }, 'input.height must be'],
    [
      { ...CLASSIFIER, input: { ...input, channels: 4 } },
      'input.channels must be 1 (grey) or 3 (RGB), got 4',
    ],
    [{ ...CLASSIFIER, input: { ...input, layout: 'CHWN' } }, 'input.layout must be NHWC or NCHW, got "CHWN"'],
    [{ ...CLASSIFIER, input: { ...input, range: [0, 0] } }, 'input.range must be two different numbers'],
    [{ ...CLASSIFIER, input: { ...input, range: [0, null] } }, 'input.range[1] must be a number'],
    [
      { ...CLASSIFIER, crop: { ...CLASSIFIER.crop, scale: 0 } },
      'crop.scale must be a number from 0.01 to 10, got 0',
    ],
    [{ ...CLASSIFIER, crop: { scale: 1 } }, 'crop.offsetX must be a number from -10 to 10, got nothing'],
    [{ ...CLASSIFIER, calibration: 1.3 }, 'calibration must be an object, got 1.3'],
    [
      { ...CLASSIFIER, calibration: { temperature: 0 } },
      'calibration.temperature must be a number from 0.05 to 20, got 0',
    ],
    [{ ...CLASSIFIER, quality: 7 }, 'quality must be an object, got 7'],
    [{ ...CLASSIFIER, quality: { maxYaw: '1' } }, 'quality.maxYaw must be a number from 0 to 10, got "1"'],
    [
      { ...CLASSIFIER, crop: { ...CLASSIFIER.crop, upright: 1 } },
      'crop.upright must be true or false, got 1',
    ],
    [{ ...CLASSIFIER, provenance: 'here' }, 'provenance must be an object'],
  ])('%j', (value, message) => {
    expect(() => parseManifest(value, SOURCE)).toThrow(
      expect.objectContaining({
        code: 'MODEL_INVALID',
        message: expect.stringContaining(`${SOURCE}: ${message}`) as string,
      }),
    );
  });
});
