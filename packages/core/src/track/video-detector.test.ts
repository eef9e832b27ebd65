/** Footage without faces is searched a few times a second, and who enters is found in time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBlazeFaceDetector } from '../detect/blazeface/blazeface-detector.js';
import type { Detection, Detector } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import { SEARCH_EVERY_MS, VideoDetector } from './video-detector.js';

const ROOT = new URL('../../../../', import.meta.url);
const MODEL = new URL('models/blazeface-short-range/', ROOT);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
const [WIDTH, HEIGHT] = [640, 360];

/** A room, and the same with a person in it. */
const pictures = new Map<boolean, Frame>();
beforeAll(async () => {
  const background = { width: WIDTH, height: HEIGHT, channels: 3, background: '#7f8c8d' } as const;
  const head = await sharp(PORTRAIT).extract({ left: 124, top: 16, width: 200, height: 200 }).toBuffer();
  for (const isThere of [false, true]) {
    const picture = sharp({ create: background }).composite(
      isThere ? [{ input: head, left: 330, top: 90 }] : [],
    );
    const data = await picture.removeAlpha().raw().toBuffer();
    pictures.set(isThere, { width: WIDTH, height: HEIGHT, channels: 3, data });
  }
});
const pictureOf = (isThere: boolean) => pictures.get(isThere) ?? expect.fail();

describe.each(['picture', 'camera'] as const)('with BlazeFace for a %s', (mode) => {
  let detector: Detector & { searches: number };
  beforeAll(async () => {
    const files = {
      manifest: JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8')) as unknown,
      weights: readFileSync(new URL('weights.safetensors', MODEL)),
      source: 'blazeface',
    };
    const inner = await createBlazeFaceDetector({ model: files, mode });
    detector = {
      ...inner,
      searches: 0,
      detect(frame) {
        this.searches++;
        return inner.detect(frame);
      },
    };
  });

  it.each([5, 24, 60])('finds who enters within 250 ms and one frame, at %i frames per second', (rate) => {
    const video = new VideoDetector(detector);
    const timeOf = (index: number) => (1000 * index) / rate;
    const enters = rate + 3;
    const found = Array.from({ length: 2 * rate }, (_, index) => {
      const faces = video.detect(pictureOf(index >= enters), timeOf(index));
      return faces.length;
    });
    const first = found.indexOf(1);
    expect(first).toBeGreaterThanOrEqual(enters);
    expect(timeOf(first) - timeOf(enters)).toBeLessThanOrEqual(SEARCH_EVERY_MS + timeOf(1));
    expect(found.slice(first).every((count) => count === 1)).toBe(true);
  });

  it.each([25, 60])('searches five frames of 1.2 s where there is nobody, of %i a second', (rate) => {
    const video = new VideoDetector(detector);
    detector.searches = 0;
    for (let index = 0; index < 1.2 * rate; index++) {
      expect(video.detect(pictureOf(false), (1000 * index) / rate)).toEqual([]);
    }
    expect(detector.searches).toBe(5); // At the start and every 250 ms.
  });
});

describe('after a face', () => {
  const FACE: Detection = { box: { x: 4, y: 4, width: 16, height: 16 }, score: 3 };
  const frame: Frame = { width: 64, height: 32, channels: 1, data: new Uint8Array(64 * 32) };
  function follow() {
    const state = { here: [FACE] };
    const detector: Detector = {
      id: 'fixed',
      detect: () => state.here,
      detectAt: () => state.here[0],
      dispose: () => undefined,
    };
    const video = new VideoDetector(detector);
    const searchesAt = (ms: number) => {
      video.detect(frame, ms);
      return video.hasSearched;
    };
    return { state, video, searchesAt };
  }

  it('searches every frame for a second, then four times a second', () => {
    const { state, searchesAt } = follow();
    expect([0, 40].map(searchesAt)).toEqual([true, false]);
    state.here = [];
    expect([80, 120, 500, 1040].map(searchesAt)).toEqual([true, true, true, true]);
    expect([1041, 1289, 1290, 1539, 1540].map(searchesAt)).toEqual([false, false, true, false, true]);
  });

  it('searches at once after a cut, and then four times a second', () => {
    const { state, video, searchesAt } = follow();
    expect(searchesAt(0)).toBe(true);
    state.here = [];
    video.startShot();
    expect([40, 80, 289, 290].map(searchesAt)).toEqual([true, false, false, true]);
  });
});
