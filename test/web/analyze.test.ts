/** `analyze` of @mien/web in Chromium, under a strict Content-Security-Policy: every kind of source, and errors. */
import { readFileSync } from 'node:fs';
import type { Analysis } from '@mien/core';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { analyzeInNode, decodePixels } from './analyze-in-node.js';
import { expectSameAnalysis } from './expect-same-analysis.js';
import { PORTRAIT, serveSite, startSite, type Site } from './site.js';
import { serveFolder } from './static-server.js';

describe.skipIf(CHROMIUM === undefined)('analyze in Chromium (skipped where none is installed)', () => {
  let site: Site;
  let page: Page;
  let expected: Analysis;

  beforeAll(async () => {
    site = await startSite();
    expected = await analyzeInNode(await decodePixels(PORTRAIT));
    page = await site.open();
    await page.evaluate(async () => {
      globalThis.analyzer = await mien.createAnalyzer();
    });
  }, START_TIMEOUT_MS);

  afterEach(() => site.expectNoComplaints());

  afterAll(() => site.close());

  test('has the manifest of its model and the id of its detector', async () => {
    const { model, detector } = await page.evaluate(() => ({
      model: analyzer.model,
      detector: analyzer.detector,
    }));
    expect(model).toMatchObject({ id: 'nano', kind: 'classifier', licence: 'MIT' });
    expect(model.labels).toEqual(Object.keys(expected.faces[0]?.probabilities ?? {}));
    expect(detector).toBe('blazeface');
  });

  test.each([
    'Blob',
    'File',
    'image',
    'image that still loads',
    'canvas',
    'OffscreenCanvas',
    'ImageBitmap',
    'ImageData',
    'VideoFrame',
    'frame',
  ])('returns for a %s what Node returns for the same pixels', async (kind) => {
    const result = await page.evaluate(async (kind) => {
      const url = '/portrait.png';
      const blob = await (await fetch(url)).blob();
      const bitmap = await createImageBitmap(blob);
      const { width, height } = bitmap;
      const draw = <T extends HTMLCanvasElement | OffscreenCanvas>(canvas: T) => {
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        context.drawImage(bitmap, 0, 0);
        return { canvas, context };
      };
      const offscreen = () => draw(new OffscreenCanvas(width, height));
      const pixels = () => offscreen().context.getImageData(0, 0, width, height);
      switch (kind) {
        case 'Blob':
          return analyzer.analyze(blob);
        case 'File':
          return analyzer.analyze(new File([blob], 'portrait.png', { type: 'image/png' }));
        case 'image': {
          const image = new Image();
          image.src = url;
          await image.decode();
          return analyzer.analyze(image);
        }
        case 'image that still loads':
          return analyzer.analyze(Object.assign(new Image(), { src: `${url}?again` }));
        case 'canvas':
          return analyzer.analyze(
            draw(Object.assign(document.createElement('canvas'), { width, height })).canvas,
          );
        case 'OffscreenCanvas':
          return analyzer.analyze(offscreen().canvas);
        case 'ImageBitmap':
          return analyzer.analyze(bitmap);
        case 'ImageData':
          return analyzer.analyze(pixels());
        case 'VideoFrame': {
          const frame = new VideoFrame(offscreen().canvas, { timestamp: 0 });
          const analysing = analyzer.analyze(frame);
          frame.close();
          return analysing;
        }
        default: {
          const rgba = pixels().data;
          const data = new Uint8Array(width * height * 3);
          for (let i = 0, o = 0; i < rgba.length; i++) if (i % 4 !== 3) data[o++] = rgba[i] ?? 0;
          return analyzer.analyze({ width, height, channels: 3, data });
        }
      }
    }, kind);
    expectSameAnalysis(result, expected);
  });

  test('reads a YUV VideoFrame as a canvas draws it', async () => {
    const { copied, drawn } = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      context?.drawImage(bitmap, 0, 0);
      const rgba = context?.getImageData(0, 0, width, height).data ?? [];
      const yuv = new Uint8Array((width * height * 3) / 2).fill(128);
      for (let i = 0; i < width * height; i++) yuv[i] = 16 + ((rgba[i * 4 + 1] ?? 0) * 219) / 255;
      const init = { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 } as const;
      const frame = new VideoFrame(yuv, init);
      context?.drawImage(frame, 0, 0);
      const drawing = analyzer.analyze(context?.getImageData(0, 0, width, height) ?? bitmap);
      const copying = analyzer.analyze(frame);
      frame.close();
      return { copied: await copying, drawn: await drawing };
    });
    expect(copied.faces).toHaveLength(1);
    expectSameAnalysis(copied, drawn);
  });

  test('captures the source at the call, and leaves it usable', async () => {
    const { first, again } = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context?.drawImage(bitmap, 0, 0);
      const analysing = analyzer.analyze(canvas);
      context?.clearRect(0, 0, canvas.width, canvas.height);
      const first = await analysing;
      await analyzer.analyze(bitmap);
      return { first, again: await analyzer.analyze(bitmap) };
    });
    expectSameAnalysis(first, expected);
    expectSameAnalysis(again, expected);
  });

  test('takes only the pixels of a frame: neither its other properties nor the rest of its buffer', async () => {
    const { results, sentBytes, left } = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context?.drawImage(bitmap, 0, 0);
      const pixels = context?.getImageData(0, 0, width, height).data ?? [];
      const all = new Uint8ClampedArray(3 * width * height * 4);
      const data = all.subarray(width * height * 4, 2 * width * height * 4);
      data.set(pixels);
      const sent: number[] = [];
      const { postMessage } = Worker.prototype;
      Worker.prototype.postMessage = function (message: never, ...rest: never[]) {
        const { task } = message as { task?: { picture?: { frame?: { data: Uint8Array } } } };
        const frame = task?.picture?.frame;
        if (frame !== undefined) sent.push(frame.data.buffer.byteLength);
        postMessage.call(this, message, ...rest);
      };
      try {
        const frame = { width, height, channels: 4, data, close: () => undefined } as const;
        return {
          results: [
            await analyzer.analyze(frame),
            await analyzer.analyze(new ImageData(data, width, height)),
          ],
          sentBytes: sent.map((bytes) => bytes / (width * height)),
          left: all.length / (width * height),
        };
      } finally {
        Worker.prototype.postMessage = postMessage;
      }
    });
    for (const result of results) expectSameAnalysis(result, expected);
    expect(sentBytes).toEqual([4, 4]);
    expect(left).toBe(12);
  });

  test('analyses the current frame of a video', async () => {
    const result = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
      const context = canvas.getContext('2d');
      const timer = setInterval(() => context?.drawImage(bitmap, 0, 0), 50);
      const video = Object.assign(document.createElement('video'), {
        srcObject: canvas.captureStream(),
        muted: true,
      });
      void video.play();
      await new Promise((resolve) => (video.onloadeddata = resolve));
      const result = await analyzer.analyze(video);
      clearInterval(timer);
      return result;
    });
    expect(result).toMatchObject({ width: 512, height: 512, faces: [{ expression: 'happy' }] });
  });

  test.each(['File', 'image'])('applies the EXIF orientation of a %s', async (kind) => {
    const upright = await sharp(PORTRAIT).extract({ left: 0, top: 0, width: 400, height: 512 }).toBuffer();
    const turned = await sharp(upright)
      .rotate(-90)
      .jpeg({ quality: 100 })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    site.server.made.set('/turned.jpg', turned);
    const result = await page.evaluate(async (kind) => {
      if (kind === 'File') return analyzer.analyze(await (await fetch('/turned.jpg')).blob());
      return analyzer.analyze(Object.assign(new Image(), { src: '/turned.jpg' }));
    }, kind);
    expect(result).toMatchObject({ width: 400, height: 512, faces: [{ expression: 'happy' }] });
    expect(result.faces[0]?.box.x).toBeCloseTo(expected.faces[0]?.box.x ?? NaN, -1);
  });

  test.each(['File', 'ImageBitmap', 'ImageData'])('puts transparent parts of a %s on white', async (kind) => {
    const pale = await sharp(PORTRAIT).ensureAlpha(0.6).png().toBuffer();
    site.server.made.set('/pale.png', pale);
    const result = await page.evaluate(async (kind) => {
      const blob = await (await fetch('/pale.png')).blob();
      if (kind === 'File') return analyzer.analyze(blob);
      if (kind === 'ImageBitmap') return analyzer.analyze(await createImageBitmap(blob));
      const bitmap = await createImageBitmap(blob, { premultiplyAlpha: 'none' });
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      context?.drawImage(bitmap, 0, 0);
      return analyzer.analyze(context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? blob);
    }, kind);
    // Blending rounds differently, by one level of 255.
    expectSameAnalysis(result, await analyzeInNode(await decodePixels(pale)), 0.02);
    expect(result.faces[0]?.quality.measures.brightness).toBeGreaterThan(
      (expected.faces[0]?.quality.measures.brightness ?? NaN) + 0.1,
    );
  });

  test('analyses a picture that is larger than the canvas tiles', async () => {
    const { faces, width, height } = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const canvas = new OffscreenCanvas(5000, 5000);
      const context = canvas.getContext('2d');
      // The face covers the corner of four tiles.
      context?.drawImage(bitmap, 3650, 3845, 1024, 1024);
      return analyzer.analyze(canvas);
    });
    expect({ width, height }).toEqual({ width: 5000, height: 5000 });
    expect(faces).toMatchObject([{ expression: 'happy', quality: { verdict: 'good' } }]);
    const { x, y, width: side } = faces[0]?.box ?? { x: NaN, y: NaN, width: NaN };
    for (const start of [x, y]) {
      expect(start).toBeLessThan(4096);
      expect(start + side).toBeGreaterThan(4096);
    }
  });

  test('returns an empty list if there is no face', async () => {
    expect(await page.evaluate(() => analyzer.analyze(new ImageData(64, 48)))).toMatchObject({
      width: 64,
      height: 48,
      faces: [],
    });
  });

  describe('rejects with a MienError', () => {
    const errorOf = (kind: string) =>
      page.evaluate(async (kind) => {
        const sources: Record<string, () => unknown> = {
          'a text file named .jpg': () => new File(['no picture'], 'notes.jpg', { type: 'image/jpeg' }),
          'an empty file': () => new File([], 'empty.png'),
          'a damaged file': async () =>
            new File([(await (await fetch('/portrait.png')).blob()).slice(0, 900)], 'cut.png'),
          'a picture with too long a side': async () => (await fetch('/long.png')).blob(),
          'an image that cannot be loaded': () => Object.assign(new Image(), { src: 'data:image/png,none' }),
          'a video without a frame': () => document.createElement('video'),
          'a canvas without pixels': () => Object.assign(document.createElement('canvas'), { width: 0 }),
          'a closed VideoFrame': () => {
            const canvas = new OffscreenCanvas(8, 8);
            canvas.getContext('2d');
            const frame = new VideoFrame(canvas, { timestamp: 0 });
            frame.close();
            return frame;
          },
          'pixels that do not fit': () => ({ width: 4, height: 4, channels: 3, data: new Uint8Array(3) }),
          'something else': () => 'portrait.png',
          nothing: () => undefined,
        };
        try {
          await analyzer.analyze((await sources[kind]?.()) as Blob);
          return { isOurs: false, code: 'none', message: 'no error' };
        } catch (error) {
          const { code, message } = error as InstanceType<typeof mien.MienError>;
          return { isOurs: error instanceof mien.MienError, code, message };
        }
      }, kind);

    test.each([
      [
        'a text file named .jpg',
        'INPUT_INVALID',
        /^notes[.]jpg: is not a picture that this browser can decode/,
      ],
      ['an empty file', 'INPUT_INVALID', /^empty[.]png: is empty/],
      ['a damaged file', 'INPUT_INVALID', /^cut[.]png: /],
      [
        'a picture with too long a side',
        'INPUT_TOO_LARGE',
        /33000×1 pixels, the limit is 100 megapixels and 32767 a side/,
      ],
      ['an image that cannot be loaded', 'INPUT_INVALID', /could not be loaded or decoded/],
      ['a video without a frame', 'USAGE', /the video has no frame yet/],
      ['a canvas without pixels', 'USAGE', /has no pixels/],
      ['a closed VideoFrame', 'USAGE', /the VideoFrame is closed/],
      ['pixels that do not fit', 'USAGE', /needs 48 samples, got 3/],
      ['something else', 'USAGE', /takes an image, .*, got String/],
      ['nothing', 'USAGE', /got Undefined/],
    ])('%s', async (kind, code, message) => {
      site.server.made.set(
        '/long.png',
        await sharp({ create: { width: 33_000, height: 1, channels: 3, background: 'black' } })
          .png()
          .toBuffer(),
      );
      const error = await errorOf(kind);
      expect(error).toEqual({ isOurs: true, code, message: expect.stringMatching(message) as string });
    });

    test('pixels of another origin, unless CORS allows them', async () => {
      const foreign = await serveFolder('/nowhere', { 'access-control-allow-origin': '*' });
      foreign.made.set('/portrait.png', readFileSync(PORTRAIT));
      // The policy of the site blocks images of other origins.
      const plain = await serveSite(site.folder, {});
      const page = await site.browser.newPage();
      try {
        await page.goto(plain.origin);
        await page.waitForFunction(() => 'mien' in globalThis);
        const results = await page.evaluate(async (src) => {
          const analyzer = await mien.createAnalyzer();
          const load = async (crossOrigin: string | null) => {
            const image = new Image();
            image.crossOrigin = crossOrigin;
            image.src = `${src}?${crossOrigin ?? 'plain'}`;
            return analyzer.analyze(image);
          };
          const refused = await load(null).catch((error: unknown) => error as Error & { code: string });
          return {
            refused: {
              code: 'code' in refused ? refused.code : 'none',
              message: 'message' in refused ? refused.message : '',
            },
            allowed: (await load('anonymous')).faces.length,
          };
        }, `${foreign.origin}/portrait.png`);
        expect(results).toEqual({
          refused: {
            code: 'USAGE',
            message: expect.stringMatching(/comes from another origin.*crossOrigin/) as string,
          },
          allowed: 1,
        });
      } finally {
        await page.close();
        foreign.close();
        plain.close();
      }
    });
  });

  test('cancels calls whose signal is aborted, and only those', async () => {
    const results = await page.evaluate(async () => {
      const blob = await (await fetch('/portrait.png')).blob();
      const reasonOf = (call: Promise<unknown>) =>
        call.then(
          () => 'none',
          (error: unknown) => (error as Error).name,
        );
      const controller = new AbortController();
      const { signal } = controller;
      const calls = Array.from({ length: 4 }, () => reasonOf(analyzer.analyze(blob, { signal })));
      controller.abort();
      const later = reasonOf(analyzer.analyze(blob, { signal }));
      return {
        reasons: await Promise.all([...calls, later]),
        faces: (await analyzer.analyze(blob)).faces.length,
      };
    });
    expect(results).toEqual({ reasons: Array(5).fill('AbortError'), faces: 1 });
  });

  test('closes what it captured for calls that never reach the worker', async () => {
    const results = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(8, 8);
      canvas.getContext('2d');
      // What is captured is not visible from outside: both ways of capturing are overheard.
      const { clone } = VideoFrame.prototype;
      const { createImageBitmap } = globalThis;
      const frames: VideoFrame[] = [];
      const bitmaps: ImageBitmap[] = [];
      VideoFrame.prototype.clone = function () {
        const captured = clone.call(this);
        frames.push(captured);
        return captured;
      };
      globalThis.createImageBitmap = async (source: ImageBitmapSource) => {
        const captured = await createImageBitmap(source);
        bitmaps.push(captured);
        return captured;
      };
      const problemOf = (call: Promise<unknown>) =>
        call.then(
          () => 'none',
          (error: unknown) => (error as Error).name,
        );
      try {
        const ended = await mien.createAnalyzer();
        ended.dispose();
        const frame = new VideoFrame(canvas, { timestamp: 0 });
        const afterEnd = await problemOf(ended.analyze(frame));
        frame.close();
        const controller = new AbortController();
        const aborted = problemOf(analyzer.analyze(canvas, { signal: controller.signal }));
        controller.abort();
        return {
          problems: [afterEnd, await aborted],
          formats: frames.map(({ format }) => format),
          widths: bitmaps.map(({ width }) => width),
        };
      } finally {
        VideoFrame.prototype.clone = clone;
        globalThis.createImageBitmap = createImageBitmap;
      }
    });
    // A closed frame has no format, a closed bitmap no width.
    expect(results).toEqual({ problems: ['MienError', 'AbortError'], formats: [null], widths: [0] });
  });

  test('has the worker close the frames that it was sent when it is disposed of', async () => {
    const FRAMES = 20;
    const starting = page.waitForEvent('worker');
    await page.evaluate(async () => {
      const other = await mien.createAnalyzer();
      const canvas = new OffscreenCanvas(8, 8);
      canvas.getContext('2d');
      const frame = new VideoFrame(canvas, { timestamp: 0 });
      // Before the first one, the worker opens frames of its own, to see what the browser can copy.
      await other.analyze(frame);
      const closed: unknown[] = [];
      new BroadcastChannel('closed frames').onmessage = () => closed.push(0);
      Object.assign(kept, { other, frame, closed });
    });
    const worker = await starting;
    await worker.evaluate(() => {
      const { close } = VideoFrame.prototype;
      const channel = new BroadcastChannel('closed frames');
      VideoFrame.prototype.close = function () {
        close.call(this);
        channel.postMessage(0);
      };
    });
    await page.evaluate(async (count) => {
      const { other, frame } = kept as unknown as { other: typeof analyzer; frame: VideoFrame };
      const calls = Array.from({ length: count }, () => other.analyze(frame));
      // Frames are sent before the next task of the page.
      await new Promise((resolve) => setTimeout(resolve));
      other.dispose();
      frame.close();
      await Promise.allSettled(calls);
    }, FRAMES);
    const countClosed = () => page.evaluate(() => (kept as unknown as { closed: unknown[] }).closed.length);
    await expect.poll(countClosed, { timeout: 20_000 }).toBe(FRAMES);
    await expect.poll(() => page.workers().includes(worker), { timeout: 20_000 }).toBe(false);
  });

  test('follows faces from frame to frame until it is reset', async () => {
    const results = await page.evaluate(async () => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const ids: (number | undefined)[] = [];
      for (const timestampMs of [0, 40, 80]) {
        ids.push((await analyzer.analyzeFrame(bitmap, timestampMs)).faces[0]?.id);
      }
      const backwards = await analyzer
        .analyzeFrame(bitmap, 40)
        .catch((error: unknown) => (error as { code: string }).code);
      analyzer.reset();
      const { timestampMs, faces } = await analyzer.analyzeFrame(bitmap, 0);
      return { ids, backwards, timestampMs, hasSmoothed: faces[0]?.smoothed !== undefined };
    });
    expect(results).toEqual({ ids: [1, 1, 1], backwards: 'USAGE', timestampMs: 0, hasSmoothed: true });
  });

  test('finds small faces in the frames of recorded videos, which a camera leaves out', async () => {
    const found = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(1280, 720);
      const portrait = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const side = 200;
      canvas.getContext('2d')!.drawImage(portrait, 600, 300, side, (side * portrait.height) / portrait.width);
      const count = async (options: Parameters<typeof analyzer.analyzeFrame>[2]) =>
        (await analyzer.analyzeFrame(canvas, 0, options)).faces.length;
      const unknown = await count({ search: 'video' as 'camera' }).catch((error: unknown) => String(error));
      analyzer.reset();
      return [await count({ search: 'picture' }), await count({}), unknown];
    });
    expect(found).toEqual([
      1,
      0,
      expect.stringMatching(/analyzeFrame: search must be picture or camera, got video/),
    ]);
  });
});
