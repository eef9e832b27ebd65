import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createAsyncPredictor, createHaarDetector, MienError, type Analysis } from '@mien/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInstalledModel } from '../models/installed-models.js';
import { resolveModel } from '../models/resolve-model.js';
import { LABELS, makeCheckpoint } from '../testing/make-checkpoint.js';
import { makeExternalOnnx } from '../testing/make-external-onnx.js';
import { ffmpeg, HAS_FFMPEG, makePortraitVideo, PORTRAIT } from '../testing/make-video.js';
import { createAnalyzer, type Analyzer } from './create-analyzer.js';
import type { VideoResult } from './analyze-frames.js';

/** Peers of the bench: `npm install --prefix bench`. */
const PEERS = fileURLToPath(new URL('../../../../bench/node_modules', import.meta.url));

let folder: string;
const inFolder = (name: string) => join(folder, name);
let mien: Analyzer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-node-'));
  mien = await createAnalyzer();
  if (HAS_FFMPEG) await makePortraitVideo(inFolder('talk.mp4'), 1);
});
afterAll(async () => {
  await mien.dispose();
  await rm(folder, { recursive: true, force: true });
});

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error instanceof MienError ? [error.code, error.message] : error),
  );

async function all(frames: AsyncIterable<VideoResult>): Promise<VideoResult[]> {
  const results: VideoResult[] = [];
  for await (const result of frames) results.push(result);
  return results;
}

describe('explain', () => {
  it('shows for each face what its reading hangs on: a smile on the mouth', async () => {
    const [face, ...others] = await mien.explain(PORTRAIT);
    expect(others).toEqual([]);
    expect(face).toMatchObject((await mien.analyze(PORTRAIT)).faces[0] ?? {});
    const { heat, width, height, expression, method, probability } = face?.explanation ?? ({} as never);
    expect([expression, method, width, height]).toEqual(['happy', 'hires-cam', 48, 48]);
    expect(probability).toBeCloseTo(face?.probabilities['happy'] ?? NaN, 5);
    const thirds = [0, 1, 2].map((third) =>
      heat.subarray(third * 16 * width, (third + 1) * 16 * width).reduce((sum, value) => sum + value, 0),
    );
    expect(Math.max(...thirds)).toBe(thirds[2]);
  });

  it('explains another expression, and names one that the model lacks', async () => {
    const [face] = await mien.explain(PORTRAIT, { expression: 'sad' });
    expect(face?.expression).toBe('happy');
    expect(face?.explanation.expression).toBe('sad');
    expect(await codeOf(mien.explain(PORTRAIT, { expression: 'bored' }))).toEqual([
      'USAGE',
      expect.stringContaining('nano has no expression bored (it has angry, '),
    ]);
    const blank = { width: 64, height: 64, channels: 1, data: new Uint8Array(64 * 64) } as const;
    expect(await mien.explain(blank)).toEqual([]);
    expect(await codeOf(mien.explain(blank, { expression: 'bored' }))).toEqual(['USAGE', expect.any(String)]);
  });
});

describe('analyze', () => {
  let portrait: Analysis;
  beforeAll(async () => {
    portrait = await mien.analyze(PORTRAIT);
  });

  it('reads the face of a picture by its path, without any options', () => {
    expect(portrait).toMatchObject({
      width: 512,
      height: 512,
      model: 'nano',
      detector: 'blazeface',
    });
    expect(portrait.faces.map(({ expression }) => expression)).toEqual(['happy']);
    expect(Object.keys(portrait).sort()).toEqual(['detector', 'faces', 'height', 'model', 'width']);
    expect(mien.model.labels).toEqual(Object.keys(portrait.faces[0]?.probabilities ?? {}));
  });

  it('gives the same result for a file: URL, its text, bytes, an ArrayBuffer and pixels', async () => {
    const url = pathToFileURL(PORTRAIT);
    const bytes = await readFile(PORTRAIT);
    const { data, info } = await sharp(PORTRAIT).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const frame = { width: info.width, height: info.height, channels: 3, data } as const;
    for (const source of [url, url.href, bytes, new Uint8Array(bytes).buffer, frame]) {
      expect(await mien.analyze(source)).toEqual(portrait);
    }
  });

  it.each([undefined, null, 5])('refuses %o, which is no picture', async (source) => {
    expect(await codeOf(mien.analyze(source as never))).toEqual([
      'USAGE',
      `analyzer: takes a path, a URL, bytes or pixels ({ width, height, channels, data }), got ${source === null ? 'null' : typeof source}`,
    ]);
  });

  it('gives each of several overlapping calls its own result', async () => {
    const blank = { width: 64, height: 64, channels: 1, data: new Uint8Array(64 * 64) } as const;
    const results = await Promise.all([PORTRAIT, blank, PORTRAIT].map((source) => mien.analyze(source)));
    expect(results.map(({ faces }) => faces.length)).toEqual([1, 0, 1]);
    expect(results[2]).toEqual(portrait);
  });

  it.each([
    ['nothing.jpg', 'INPUT_UNREADABLE', /^nothing\.jpg: no such file/],
    [new Uint8Array(0), 'INPUT_INVALID', /^picture: is empty/],
    [Buffer.from('GIF89a and no more'), 'INPUT_INVALID', /^picture: /],
    [Buffer.from('....ftypisom........'), 'INPUT_INVALID', /^picture: is a video; pass it to frames\(\)/],
    [new URL('ftp://example.org/a.jpg'), 'USAGE', /^ftp:/],
    [
      { width: 2, height: 2, channels: 3, data: new Uint8Array(1) } as const,
      'USAGE',
      /needs 12 samples, got 1/,
    ],
  ])('rejects %s', async (source, code, message) => {
    expect(await codeOf(mien.analyze(source))).toEqual([code, expect.stringMatching(message)]);
  });

  describe('over HTTP', () => {
    let server: Server;
    let origin: string;
    beforeAll(async () => {
      const bytes = await readFile(PORTRAIT);
      server = createServer(({ url }, response) => {
        if (url === '/portrait.png') response.end(bytes);
        else if (url === '/slow.png') response.write(bytes.subarray(0, 1000));
        else response.writeHead(404).end('no');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });

    it('downloads a picture', async () => {
      expect(await mien.analyze(new URL('/portrait.png', origin))).toEqual(portrait);
      expect(await mien.analyze(`${origin}/portrait.png`)).toEqual(portrait);
    });
    it('names the answer of a server that has no such picture', async () => {
      expect(await codeOf(mien.analyze(`${origin}/other.png`))).toEqual([
        'INPUT_UNREADABLE',
        `${origin}/other.png: the server answered 404 Not Found; check the address`,
      ]);
    });
    it('stops downloading by a signal, with its reason', async () => {
      const controller = new AbortController();
      const analysing = mien.analyze(`${origin}/slow.png`, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(analysing).rejects.toThrow('enough');
    });
    it('says why a server cannot be reached', async () => {
      const unreachable = await codeOf(mien.analyze('http://127.0.0.1:1/a.png'));
      expect(unreachable).toEqual(['INPUT_UNREADABLE', expect.stringMatching(/cannot be downloaded \(.+\)/)]);
    });
  });
});

describe('options', () => {
  const use = async <Result>(
    options: Parameters<typeof createAnalyzer>[0],
    task: (analyzer: Analyzer) => Promise<Result>,
  ): Promise<Result> => {
    const analyzer = await createAnalyzer(options);
    try {
      return await task(analyzer);
    } finally {
      await analyzer.dispose();
    }
  };
  const read = (analyzer: Analyzer) => analyzer.analyze(PORTRAIT);

  it.each([
    ['nano', 'createAnalyzer: takes an object such as { model: \'nano\' }, got "nano"'],
    [null, "createAnalyzer: takes an object such as { model: 'nano' }, got null"],
    [{ modle: 'base' }, 'createAnalyzer: there is no option modle; the options are model, detector, '],
    [
      { model: 5 },
      "model: takes the id of an installed model, a path, a file's bytes, or what was loaded, got number",
    ],
    [
      { detector: 5 },
      "detector: takes blazeface or haar, a path, a file's bytes, or what was loaded, got number",
    ],
    [
      { model: {} },
      "model: takes the id of an installed model, a path, a file's bytes, or what was loaded, got an object that is no model",
    ],
    [
      { detector: {} },
      "detector: takes blazeface or haar, a path, a file's bytes, or what was loaded, got an object that is no detector",
    ],
  ])('refuses %o', async (options, message) => {
    const [code, text] = (await codeOf(createAnalyzer(options as never))) as [string, string];
    expect(code).toBe('USAGE');
    expect(text).toContain(message);
  });

  it('takes a model by its path and by its bytes', async () => {
    const bytes = makeCheckpoint();
    await writeFile(inFolder('made.safetensors'), bytes);
    const byPath = await use({ model: inFolder('made.safetensors') }, read);
    const byUrl = await use({ model: pathToFileURL(inFolder('made.safetensors')) }, read);
    const byBytes = await use({ model: bytes }, read);
    expect(byPath.model).toBe('made');
    expect(byUrl).toEqual(byPath);
    expect({ ...byBytes, model: 'made' }).toEqual(byPath);
  });

  it('takes labels of its own for a model', async () => {
    const labels = LABELS.map((label) => label.toUpperCase());
    const { faces } = await use({ model: makeCheckpoint(), labels }, read);
    expect(Object.keys(faces[0]?.probabilities ?? {})).toEqual(labels);
    await expect(use({ model: makeCheckpoint(), labels: ['one'] }, read)).rejects.toThrow('1 labels');
  });

  it('takes a detector by its id, and as an object', async () => {
    const byId = await use({ detector: 'haar' }, read);
    const cascade = await readFile(join(findInstalledModel('haar-frontalface') ?? '', 'cascade.bin'));
    const byObject = await use({ detector: await createHaarDetector({ cascade }) }, read);
    expect(byId.detector).toBe('haar');
    expect(byObject).toEqual(byId);
  });

  it.each([
    [{ model: 'no-such-model' }, 'NOT_FOUND'],
    [{ model: new TextEncoder().encode('{}') }, 'MODEL_INVALID'],
    [{ model: new TextEncoder().encode('{}').buffer }, 'MODEL_INVALID'],
    [{ detector: new ArrayBuffer(8) }, 'MODEL_INVALID'],
    [{ model: 'https://example.org/model.onnx' }, 'USAGE'],
    [{ detector: 'no-such.onnx' }, 'INPUT_UNREADABLE'],
    [{ responseTimeMs: -1 }, 'USAGE'],
  ])('rejects %j with %s', async (options, code) => {
    expect(await codeOf(createAnalyzer(options))).toEqual([code, expect.any(String)]);
  });
});

describe('the network', () => {
  let released = 0;
  /** `mini-xception` as one of another engine, whose session has to be released. */
  async function openExternal() {
    released = 0;
    const model = await resolveModel('mini-xception');
    const createSession = async () => ({
      ...(await createAsyncPredictor(model)),
      dispose: () => {
        released++;
      },
    });
    const { manifest, labels } = model;
    return {
      manifest,
      labels,
      engine: 'other',
      isPrepared: true,
      createAsyncPredictor: createSession,
    } as const;
  }

  it('is released when an option is refused', async () => {
    const model = await openExternal();
    expect(await codeOf(createAnalyzer({ model, responseTimeMs: -1 }))).toEqual([
      'USAGE',
      expect.stringContaining('responseTimeMs'),
    ]);
    expect(released).toBe(1);
  });

  it('is released by dispose(), also after it could not be explained', async () => {
    const { graph, weights } = await resolveModel('mini-xception');
    const model = { ...(await openExternal()), graph: { ...graph, outputs: [] }, weights };
    const analyzer = await createAnalyzer({ model });
    await expect(analyzer.explain(PORTRAIT)).rejects.toThrow();
    await Promise.all([analyzer.dispose(), analyzer.dispose()]);
    await analyzer[Symbol.asyncDispose]();
    expect(released).toBe(1);
  });

  it('is explained after a first try that failed', async () => {
    const { graph, weights } = await resolveModel('mini-xception');
    let isBroken = true;
    const model = {
      ...(await openExternal()),
      weights,
      get graph() {
        return isBroken ? { ...graph, outputs: [] } : graph;
      },
    };
    const analyzer = await createAnalyzer({ model });
    await expect(analyzer.explain(PORTRAIT)).rejects.toThrow();
    isBroken = false;
    expect(await analyzer.explain(PORTRAIT)).toHaveLength(1);
    await analyzer.dispose();
  });
});

describe.skipIf(!HAS_FFMPEG)('frames', () => {
  it('follows a face through a video, in intervals', async () => {
    const results = await all(mien.frames(inFolder('talk.mp4'), { every: '200ms' }));
    expect(results.map(({ timestampMs }) => timestampMs)).toEqual([0, 200, 400, 600, 800]);
    expect(new Set(results.flatMap(({ faces }) => faces.map(({ id }) => id)))).toEqual(new Set([1]));
    expect(results.every(({ faces }) => faces[0]?.smoothed?.expression === 'happy')).toBe(true);
    const lefts = results.map(({ faces }) => faces[0]?.box.x ?? NaN);
    expect((lefts.at(-1) ?? NaN) - (lefts[0] ?? NaN)).toBeGreaterThan(5);
  });

  it('follows frames that are passed one by one as it follows those of a video, each follower on its own', async () => {
    const pictures: Buffer[] = [];
    const expected = await all(mien.frames(inFolder('talk.mp4'), { every: '200ms' }));
    for (const { timestampMs } of expected) {
      const time = `${timestampMs / 1000}`;
      await ffmpeg('-ss', time, '-i', inFolder('talk.mp4'), '-frames:v', '1', inFolder('frame.png'));
      pictures.push(await readFile(inFolder('frame.png')));
    }
    const followers = await Promise.all([mien.follow(), mien.follow()]);
    for (const [index, { timestampMs }] of expected.entries()) {
      for (const follower of followers) {
        const { faces } = await follower.analyze(pictures[index] ?? '', timestampMs);
        expect(faces.map(({ id, smoothed }) => [id, smoothed?.expression])).toEqual([[1, 'happy']]);
      }
    }
    const [first] = followers;
    const early = codeOf(first.analyze(pictures[0] ?? '', 0));
    expect(await early).toEqual(['USAGE', expect.stringContaining('timestampMs must not go back')]);
    await Promise.all(followers.map((follower) => follower.dispose()));
  });

  it('takes times as numbers of milliseconds and as text, and a file: URL', async () => {
    const options = { every: 100, from: '0.3s', to: 600 };
    const results = await all(mien.frames(pathToFileURL(inFolder('talk.mp4')), options));
    expect(results.map(({ timestampMs }) => timestampMs)).toEqual([300, 400, 500]);
  });

  it('keeps the faces of two videos apart that are read at the same time', async () => {
    // In the second, the portrait appears late: a follower that saw both would go on with the first one's face.
    const later = ['-vf', "drawbox=enable='lt(t,0.45)':c=gray:t=fill", '-c:v', 'libx264', '-g', '10'];
    await ffmpeg('-i', inFolder('talk.mp4'), ...later, inFolder('late.mp4'));
    const names = ['talk.mp4', 'late.mp4', 'talk.mp4'];
    const alone = [];
    for (const name of names) alone.push(await all(mien.frames(inFolder(name), { every: 100 })));
    const loops = names.map((name) => mien.frames(inFolder(name), { every: 100 }));
    const together = names.map((): VideoResult[] => []);
    for (let frame = 0; frame < 10; frame++) {
      for (const [index, loop] of loops.entries()) {
        const { value } = await loop.next();
        if (value !== undefined) together[index]?.push(value);
      }
    }
    await Promise.all(loops.map((loop) => loop.return()));
    expect(alone.map((results) => results.length)).toEqual([10, 10, 10]);
    // It appears at 500 ms; footage without faces is searched every 250 ms.
    expect(alone[1]?.map(({ faces }) => faces.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(together).toEqual(alone);
    const pictureWhile = await Promise.all([all(mien.frames(inFolder('talk.mp4'))), mien.analyze(PORTRAIT)]);
    expect(pictureWhile[0]).toEqual(alone[0]);
    expect(pictureWhile[1]).toEqual(await mien.analyze(PORTRAIT));
  });

  it('gives boxes in pixels of a video that is too large to be analysed at full size', async () => {
    const video = inFolder('large.mp4');
    await ffmpeg('-i', PORTRAIT, '-vf', 'scale=3200:3200', '-frames:v', '1', '-preset', 'ultrafast', video);
    const [result] = await all(mien.frames(video));
    expect(result).toMatchObject({ width: 3200, height: 3200, reducedBy: 2 });
    const [portrait] = (await mien.analyze(PORTRAIT)).faces;
    expect((result?.faces[0]?.box.x ?? NaN) / (3200 / 512)).toBeCloseTo(portrait?.box.x ?? NaN, -1);
  });

  it('reads the bytes of a video and of an animation, and a picture as one frame', async () => {
    await ffmpeg('-i', inFolder('talk.mp4'), '-c', 'copy', inFolder('talk.mkv'));
    const fromBytes = await all(mien.frames(await readFile(inFolder('talk.mkv'))));
    expect(fromBytes).toHaveLength(10);
    await ffmpeg('-i', inFolder('talk.mp4'), inFolder('talk.gif'));
    const animation = await all(mien.frames(await readFile(inFolder('talk.gif')), { to: 300 }));
    expect(animation.map(({ timestampMs }) => timestampMs)).toEqual([0, 100, 200]);
    const [picture] = await all(mien.frames(PORTRAIT));
    expect(picture).toMatchObject({ timestampMs: 0, faces: [{ id: 1, expression: 'happy' }] });
  });

  it('ends with the signal, and when the loop is left', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const { timestampMs } of mien.frames(inFolder('talk.mp4'), { signal: controller.signal })) {
      seen.push(timestampMs);
      if (seen.length === 3) controller.abort();
    }
    expect(seen).toEqual([0, 100, 200]);
    expect(await all(mien.frames(inFolder('talk.mp4'), { signal: controller.signal }))).toEqual([]);
    for await (const { timestampMs } of mien.frames(inFolder('talk.mp4'))) {
      if (timestampMs >= 300) break;
    }
  });

  it.each([
    [{ every: 'often' }, /^every: got "often"\. It must be a time such as 250ms/],
    [{ every: 0 }, /^every: got 0\. It must be at least 1ms/],
    [{ from: -5 }, /^from: got -5/],
    [{ from: '2s', to: '1s' }, /^to: must be later than from \(2000 ms\), got 1000 ms/],
  ])('refuses %j at once', (options, message) => {
    expect(() => mien.frames('talk.mp4', options)).toThrow(message);
  });

  it('rejects what is no video', async () => {
    await writeFile(inFolder('broken.mp4'), 'no video');
    expect(await codeOf(all(mien.frames(inFolder('broken.mp4'))))).toEqual([
      'INPUT_INVALID',
      expect.stringContaining('broken.mp4: '),
    ]);
  });

  it('fails after dispose, also a loop that is running', async () => {
    const analyzer = await createAnalyzer();
    const running = analyzer.frames(inFolder('talk.mp4'));
    await running.next();
    await analyzer[Symbol.asyncDispose]();
    expect(await codeOf(running.next())).toEqual(['USAGE', expect.stringContaining('used after dispose()')]);
    expect(await codeOf(analyzer.analyze(PORTRAIT))).toEqual(['USAGE', expect.stringContaining('dispose()')]);
    expect(() => analyzer.frames('talk.mp4')).toThrow('dispose()');
    await expect(analyzer.follow()).rejects.toThrow('dispose()');
    await analyzer.dispose();
  });
});

describe('models that our engine cannot run', () => {
  // A program of its own: onnxruntime is looked for in its project.
  const program = `
    import { createAnalyzer } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    import { readFile } from 'node:fs/promises';
    const [portrait, external] = process.argv.slice(1);
    const mien = await createAnalyzer({ model: external });
    const bytes = await createAnalyzer({ model: await readFile(external), detector: 'haar' });
    const [a, b] = await Promise.all([mien.analyze(portrait), mien.analyze(portrait)]);
    const c = await bytes.analyze(portrait);
    await Promise.all([mien.dispose(), bytes.dispose()]);
    console.log(JSON.stringify([a, b, c].map(({ faces }) => faces[0].probabilities)));`;
  const runIn = (cwd: string) =>
    promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program, PORTRAIT, inFolder('external.onnx')],
      {
        cwd,
      },
    );

  it.skipIf(!existsSync(join(PEERS, 'onnxruntime-web')))(
    'are computed by onnxruntime to the same probabilities (needs npm install --prefix bench)',
    async () => {
      await writeFile(inFolder('external.onnx'), makeExternalOnnx());
      const project = inFolder('project');
      await mkdir(join(project, 'node_modules'), { recursive: true });
      await symlink(join(PEERS, 'onnxruntime-web'), join(project, 'node_modules', 'onnxruntime-web'));
      const { stdout, stderr } = await runIn(project);
      expect(stderr).toBe('');
      const [first, second] = JSON.parse(stdout) as Record<string, number>[];
      const own = await createAnalyzer({ model: makeCheckpoint() });
      const [face] = (await own.analyze(PORTRAIT)).faces;
      await own.dispose();
      expect(second).toEqual(first);
      for (const [label, probability] of Object.entries(face?.probabilities ?? {})) {
        expect(first?.[label]).toBeCloseTo(probability, 5);
      }
    },
  );

  it('are refused without onnxruntime, with the operator and what to install', async () => {
    expect(await codeOf(createAnalyzer({ model: makeExternalOnnx() }))).toEqual([
      'UNSUPPORTED',
      expect.stringMatching(/^model: needs the operator Celu, .*npm install onnxruntime-node$/),
    ]);
  });
});
