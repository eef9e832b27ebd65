/** Custom models and detectors in Chromium: by file, URL and bytes, and errors. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel, type Analysis, type Model } from '@mien/core';
import { toOnnx } from '@mien/formats';
import { exportFiles, exportModel, MODEL_EXTENSIONS } from '@mien/formats/model-file';
import type { AnalyzerOptions, LoadingProgress } from '@mien/web';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';
import { makeExternalOnnx } from '../../packages/node/src/testing/make-external-onnx.js';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { analyzeInNode, decodePixels } from './analyze-in-node.js';
import { expectSameAnalysis } from './expect-same-analysis.js';
import { PORTRAIT, serveSite, startSite, type Site } from './site.js';
import { serveFolder } from './static-server.js';

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const YUNET = fileOf('../shared/data/detectors/yunet_s_dynamic.onnx');

describe.skipIf(CHROMIUM === undefined)('custom models in Chromium (skipped where none is installed)', () => {
  let site: Site;
  let page: Page;
  let model: Model;
  let expected: Analysis;

  beforeAll(async () => {
    site = await startSite();
    expected = await analyzeInNode(await decodePixels(PORTRAIT), 'blazeface', 'mini-xception');
    const weights = readFileSync(fileOf('models/mini-xception/weights.safetensors'));
    const manifest: unknown = JSON.parse(readFileSync(fileOf('models/mini-xception/manifest.json'), 'utf8'));
    model = await loadModel({ manifest, weights, source: 'mini-xception' });
    site.server.made.set('/model/manifest.json', JSON.stringify(manifest));
    site.server.made.set('/model/weights.safetensors', weights);
    page = await site.open();
  }, START_TIMEOUT_MS);

  afterEach(() => site.expectNoComplaints());

  afterAll(() => site.close());

  /** @param options an expression of the analyzer's options, evaluated in the page */
  const analyzeWith = (options: string): Promise<Analysis> =>
    page.evaluate(`(async () => {
      const analyzer = await mien.createAnalyzer(${options});
      try {
        return await analyzer.analyze(await (await fetch('/portrait.png')).blob());
      } finally {
        analyzer.dispose();
      }
    })()`);

  const errorOf = (options: string): Promise<{ isOurs: boolean; code: string; message: string }> =>
    page.evaluate(`mien.createAnalyzer(${options}).then(
      (analyzer) => { analyzer.dispose(); return { code: 'none' }; },
      (error) => ({ isOurs: error instanceof mien.MienError, code: error.code, message: error.message }),
    )`);

  const FETCHED = (path: string) => `await (await fetch('${path}')).blob()`;

  describe.each(MODEL_EXTENSIONS)('a model in a %s file', (extension) => {
    let path: string;
    beforeAll(async () => {
      path = `/models/mine${extension}`;
      const { graph, weights, labels, manifest } = model;
      const contents = { graph, weights, labels, inputRange: manifest.input.range, crop: manifest.crop };
      site.server.made.set(path, await exportModel(contents, extension, { dtype: 'F32' }));
    });

    /** Files of other formats hold no temperature. */
    const withoutTemperature = (read: Readonly<Record<string, number>>): Record<string, number> => {
      const { temperature = 1 } = model.manifest.calibration ?? {};
      const powers = Object.entries(read).map(([label, value]) => [label, value ** temperature] as const);
      const sum = powers.reduce((total, [, power]) => total + power, 0);
      return Object.fromEntries(powers.map(([label, power]) => [label, power / sum]));
    };

    const expectReadings = ({ model, faces }: Analysis, id: string) => {
      expect(model).toBe(id);
      const readings = (
        of: Analysis['faces'],
        toProbabilities = (read: Readonly<Record<string, number>>) => read,
      ) =>
        of.map(({ box, expression, probabilities }) => ({
          ...{ box, expression },
          probabilities: toProbabilities(probabilities),
        }));
      expectSameAnalysis(readings(faces), readings(expected.faces, withoutTemperature), 1e-5);
    };

    test('is loaded by its URL', async () => {
      expectReadings(await analyzeWith(`{ model: '${path}?version=2' }`), 'mine');
    });

    test('is loaded as a File', async () => {
      const options = `{ model: new File([${FETCHED(path)}], 'Yours${extension}') }`;
      expectReadings(await analyzeWith(options), 'Yours');
    });

    test('is loaded as bytes, which stay usable', async () => {
      const result = await page.evaluate<{ analysis: Analysis; length: number }, string>(async (path) => {
        const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
        const analyzer = await mien.createAnalyzer({ model: bytes });
        const analysis = await analyzer.analyze(await (await fetch('/portrait.png')).blob());
        analyzer.dispose();
        return { analysis, length: bytes.length };
      }, path);
      expectReadings(result.analysis, 'model');
      expect(result.length).toBeGreaterThan(100_000);
    });
  });

  test('a model is loaded by the URL of its manifest', async () => {
    const path = site.server.origin;
    expectSameAnalysis(await analyzeWith(`{ model: '/model/manifest.json' }`), expected);
    expectSameAnalysis(await analyzeWith(`{ model: new URL('${path}/model/manifest.json') }`), expected);
  });

  test('a model is loaded with a separate manifest', async () => {
    const options = `{ model: ${FETCHED('/model/weights.safetensors')}, manifest: await (await fetch('/model/manifest.json')).json() }`;
    expectSameAnalysis(await analyzeWith(options), expected);
  });

  describe('the weights beside a model', () => {
    const path = '/sharded/model.json';
    let shard: string;

    /** @param name what the description calls its only file of weights */
    const serve = async (name: string, content: string | Uint8Array | undefined) => {
      const { graph, weights, labels, manifest } = model;
      const contents = { graph, weights, labels, inputRange: manifest.input.range, crop: manifest.crop };
      const { bytes, beside } = await exportFiles(contents, '.json', { dtype: 'F32' });
      const [given = '', data] = [...beside][0] ?? [];
      site.server.made.set(path, new TextDecoder().decode(bytes).replaceAll(given, name));
      shard = `/sharded/${name}`;
      site.server.made.set(shard, content ?? data ?? '');
    };
    const options = `{ model: '${path}', labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], inputRange: [-1, 1] }`;

    test('are loaded from its folder', async () => {
      await serve('weights.bin', undefined);
      expect((await analyzeWith(options)).faces).toMatchObject([{ expression: 'd' }]);
    });

    test('are missing if the server returns its page instead', async () => {
      await serve('weights.html', '<!doctype html>');
      expect(await errorOf(options)).toMatchObject({
        isOurs: true,
        code: 'NOT_FOUND',
        message: expect.stringMatching(/weights[.]html, which is not beside it/) as string,
      });
    });

    test('are named if the connection fails', async () => {
      await serve('weights.bin', undefined);
      const context = page.context();
      await context.route(`**${shard}`, (route) => route.abort());
      try {
        expect(await errorOf(options)).toMatchObject({
          isOurs: true,
          code: 'INPUT_UNREADABLE',
          message: expect.stringMatching(/sharded[/]weights[.]bin: could not be loaded/) as string,
        });
      } finally {
        await context.unroute(`**${shard}`);
      }
      site.forgetComplaints(/Failed to load resource/);
    });
  });

  test('labels and input range are required if the file does not contain them, and can be options', async () => {
    const { graph, weights } = model;
    site.server.made.set('/models/silent.onnx', toOnnx({ graph, weights }));
    const first = graph.layers[0]?.name ?? '';
    expect(first).not.toBe('');
    const unknown = await errorOf(`{ model: '/models/silent.onnx' }`);
    expect(unknown).toMatchObject({ isOurs: true, code: 'MODEL_INVALID' });
    expect(unknown.message).toMatch(
      /silent[.]onnx: does not say what its 7 outputs mean \(the option labels\) and .*the option inputRange/,
    );
    const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { faces } = await analyzeWith(
      `{ model: '/models/silent.onnx', labels: ${JSON.stringify(labels)}, inputRange: [-1, 1] }`,
    );
    expect(faces[0]?.expression).toBe('d');
    expect(Object.keys(faces[0]?.probabilities ?? {})).toEqual(labels);
    expect(
      await errorOf(`{ model: '/models/silent.onnx', labels: ['a'], inputRange: [-1, 1] }`),
    ).toMatchObject({
      code: 'USAGE',
    });
  });

  test.each([
    `'haar'`,
    `'haar-frontalface'`,
    FETCHED('/node_modules/@mien/model-haar-frontalface/cascade.bin'),
  ])('the detector %s gives the same result as in Node', async (detector) => {
    const result = await analyzeWith(`{ detector: ${detector} }`);
    expectSameAnalysis(result, await analyzeInNode(await decodePixels(PORTRAIT), 'haar'));
  });

  test.skipIf(!existsSync(YUNET))('a YuNet file is a detector (needs the shared data)', async () => {
    site.server.made.set('/yunet.onnx', readFileSync(YUNET));
    const { detector, faces } = await analyzeWith(`{ detector: '/yunet.onnx' }`);
    expect(detector).toBe('yunet');
    expect(faces).toMatchObject([{ expression: 'happy' }]);
  });

  describe('an ONNX model with an operator that the engine lacks', () => {
    const RUNTIME = fileOf('bench/node_modules/onnxruntime-web/dist/');

    test('is rejected with the operator and what to do', async () => {
      site.server.made.set('/external.onnx', makeExternalOnnx());
      expect(await errorOf(`{ model: '/external.onnx' }`)).toEqual({
        isOurs: true,
        code: 'UNSUPPORTED',
        message: expect.stringMatching(
          /external[.]onnx: Mien's engine lacks Celu; set onnxRuntimeUrl/,
        ) as string,
      });
    });

    test.skipIf(!existsSync(RUNTIME))(
      'runs in onnxruntime-web, with the same probabilities as in our engine (needs npm ci --prefix bench)',
      async () => {
        for (const file of ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm']) {
          site.server.made.set(`/ort/${file}`, readFileSync(`${RUNTIME}${file}`));
        }
        site.server.made.set('/external.onnx', makeExternalOnnx());
        site.server.made.set('/ours.safetensors', makeCheckpoint());
        const external = `{ model: '/external.onnx', onnxRuntimeUrl: '/ort/ort.wasm.bundle.min.mjs' }`;
        const ours = await analyzeWith(`{ model: '/ours.safetensors' }`);
        const theirs = await analyzeWith(external);
        expect(theirs.faces).toHaveLength(1);
        const readings = ({ faces }: Analysis) =>
          faces.map(({ box, probabilities }) => ({ box, probabilities }));
        expectSameAnalysis(readings(theirs), readings(ours), 1e-4);
        const engine = await page.evaluate(`mien.createAnalyzer(${external}).then((analyzer) => {
          analyzer.dispose();
          return analyzer.engine;
        })`);
        expect(engine).toMatch(/^onnxruntime-web \d/);
      },
    );

    test('reports a runtime that cannot be loaded', async () => {
      site.server.made.set('/external.onnx', makeExternalOnnx());
      const error = await errorOf(`{ model: '/external.onnx', onnxRuntimeUrl: '/ort/absent.mjs' }`);
      site.forgetComplaints(/Failed to load resource/);
      expect(error).toMatchObject({ isOurs: true, code: 'NOT_FOUND' });
      expect(error.message).toMatch(/^onnxRuntimeUrl: .*absent[.]mjs could not be loaded/);
    });
  });

  describe('rejects with a MienError', () => {
    test.each([
      [
        'an unknown model id',
        `{ model: 'resnet' }`,
        'NOT_FOUND',
        /^model resnet: is not bundled \(bundled: nano, base, mini-xception\)/,
      ],
      ['an unknown detector id', `{ detector: 'ssd' }`, 'NOT_FOUND', /^detector ssd: is not bundled/],
      ['a URL without a file', `{ model: '/absent.onnx' }`, 'NOT_FOUND', /absent[.]onnx: 404/],
      ['a URL that returns a page', `{ model: '/page.html' }`, 'NOT_FOUND', /returned an HTML page/],
      [
        'a server that does not answer',
        `{ model: 'http://127.0.0.1:1/m.onnx' }`,
        'INPUT_UNREADABLE',
        /m[.]onnx: could not be loaded/,
      ],
      [
        'bytes of no format',
        `{ model: new Uint8Array(99).fill(7) }`,
        'MODEL_INVALID',
        /^model: is not a model file/,
      ],
      [
        'an empty file',
        `{ model: new File([], 'mine.onnx') }`,
        'MODEL_INVALID',
        /^mine[.]onnx: is not a model file/,
      ],
      [
        'a file cut short',
        `{ model: (${FETCHED('/models/mine.onnx')}).slice(0, 9999) }`,
        'MODEL_INVALID',
        /^model[.]onnx: /,
      ],
      [
        'a detector as a model',
        `{ model: '/node_modules/@mien/model-haar-frontalface/cascade.bin' }`,
        'MODEL_INVALID',
        /is a detector; use a classifier/,
      ],
      ['a model as a detector', `{ detector: '/models/mine.tflite' }`, 'MODEL_INVALID', /is not a detector/],
      [
        'weights of another model',
        `{ model: '/model/weights.safetensors', manifest: { ...(await (await fetch('/model/manifest.json')).json()), weights: { file: 'x', sha256: '${'0'.repeat(64)}' } } }`,
        'MODEL_INVALID',
        /sha256/,
      ],
      [
        'a manifest that names a file elsewhere',
        `{ model: '/elsewhere/manifest.json' }`,
        'MODEL_INVALID',
        /the name of a file in the same folder/,
      ],
      ['no object', `'base'`, 'USAGE', /^createAnalyzer: takes an object .*, got "base"/],
      ['an invalid URL', `{ assetsUrl: 'http://' }`, 'USAGE', /^assetsUrl: http:[/][/] is not a URL/],
    ])('%s', async (_, options, code, message) => {
      site.server.made.set('/page.html', '<!doctype html>');
      site.server.made.set('/elsewhere/manifest.json', '{"weights":{"file":"../model/weights.safetensors"}}');
      const error = await page.evaluate<unknown>(`(async () => mien.createAnalyzer(${options}).then(
        (analyzer) => { analyzer.dispose(); return { code: 'none' }; },
        (error) => ({ isOurs: error instanceof mien.MienError, code: error.code, message: error.message }),
      ))()`);
      // The browser logs what it could not load.
      if (code === 'NOT_FOUND' || code === 'INPUT_UNREADABLE')
        site.forgetComplaints(/Failed to load resource|Content Security Policy/);
      expect(error).toEqual({ isOurs: true, code, message: expect.stringMatching(message) as string });
    });
  });

  test.each([
    [
      'a misspelt option',
      `{ modell: 'base' }`,
      /^createAnalyzer: there is no option modell; .*model, detector/,
    ],
    [
      'a response time out of range',
      `{ responseTimeMs: -1 }`,
      /responseTimeMs must be from 0 to 60000, got -1/,
    ],
    [
      'a response time in words',
      `{ responseTimeMs: '1s' }`,
      /responseTimeMs must be from 0 to 60000, got 1s/,
    ],
    ['labels in one text', `{ labels: 'happy,sad' }`, /labels: must be names that differ, got "happy,sad"/],
    [
      'an empty input range',
      `{ inputRange: [1, 1] }`,
      /inputRange: must be two different numbers, got \[1,1\]/,
    ],
    ['means in words', `{ inputMean: ['a'] }`, /inputMean: must be one number for each channel, got \["a"\]/],
    [
      'an unknown kind of outputs',
      `{ outputs: 'scores' }`,
      /outputs: must be one of probabilities, .*, got "scores"/,
    ],
    [
      'an unknown order of channels',
      `{ channelOrder: 'GBR' }`,
      /channelOrder: must be RGB or BGR, got "GBR"/,
    ],
  ])('refuses %s before anything is downloaded', async (_, options, message) => {
    site.server.requests.length = 0;
    expect(await errorOf(options)).toEqual({
      isOurs: true,
      code: 'USAGE',
      message: expect.stringMatching(message) as string,
    });
    expect(site.server.requests).toEqual([]);
  });

  test('options that are undefined are as if they were left out', async () => {
    const options = `{ model: undefined, labels: undefined, responseTimeMs: undefined, signal: undefined }`;
    expect((await analyzeWith(options)).model).toBe('nano');
  });

  test('errors keep the stack of the worker', async () => {
    const error = await page.evaluate(async () => {
      const wrong = await mien
        .createAnalyzer({ model: new Uint8Array([8, 8, 8, 8, 8, 8, 8, 8, 8, 8]) })
        .catch((error: unknown) => error as Error);
      const { name, stack } = wrong as Error;
      return { name, stack };
    });
    expect(error).toEqual({ name: 'MienError', stack: expect.stringContaining('formats.js') as string });
  });

  test('loading reports progress and can be cancelled', async () => {
    const { all, given } = await page.evaluate(async () => {
      const all: LoadingProgress[] = [];
      const options: AnalyzerOptions = { onProgress: (progress) => all.push(progress) };
      (await mien.createAnalyzer(options)).dispose();
      const controller = new AbortController();
      const { signal } = controller;
      const given = mien.createAnalyzer({ signal, onProgress: () => controller.abort() }).then(
        () => 'created',
        (error: unknown) => (error as Error).name,
      );
      return { all, given: await given };
    });
    const sizes = ['nano', 'blazeface-short-range'].map(
      (id) => readFileSync(fileOf(`models/${id}/weights.safetensors`)).length,
    );
    const total = sizes.reduce((sum, size) => sum + size);
    expect(all.at(-1)).toEqual({ loadedBytes: total, totalBytes: total });
    const loaded = all.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(given).toBe('AbortError');
    await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(0);
  });

  test('the defaults download the engine and both models, and nothing else', async () => {
    site.server.requests.length = 0;
    const fresh = await site.open();
    await fresh.evaluate(async () => {
      const analyzer = await mien.createAnalyzer();
      await analyzer.analyze(await (await fetch('/portrait.png')).blob());
    });
    await fresh.context().close();
    const own = site.server.requests.filter((path) => path.startsWith('/node_modules/'));
    const at = (path: string) => `/node_modules/@mien/${path}`;
    expect(own.sort()).toEqual(
      [
        'web/dist/index.js',
        'web/dist/worker.js',
        'web/dist/kernels-relaxed.js',
        'model-base/index.js',
        'model-mini-xception/index.js',
        'model-nano/index.js',
        'model-nano/manifest.json',
        'model-nano/weights.safetensors',
        'model-blazeface-short-range/index.js',
        'model-blazeface-short-range/manifest.json',
        'model-blazeface-short-range/weights.safetensors',
        'model-haar-frontalface/index.js',
      ]
        .map(at)
        .sort(),
    );
  });

  test('the files can be on another origin, such as a CDN', async () => {
    const copied = await mkdtemp(join(tmpdir(), 'mien-assets-'));
    const command = join(site.folder, 'node_modules/@mien/web/bin/copy-assets.js');
    execFileSync(process.execPath, [command, copied]);
    const cdn = await serveFolder(copied, { 'access-control-allow-origin': '*' });
    const { origin } = cdn;
    const policy = `script-src 'self' 'unsafe-inline' ${origin} 'wasm-unsafe-eval'; worker-src blob: ${origin}; connect-src 'self' ${origin}`;
    const server = await serveSite(site.folder, { 'content-security-policy': policy });
    const other = await site.browser.newPage();
    try {
      await other.goto(server.origin);
      await other.waitForFunction(() => 'mien' in globalThis);
      const expressions = await other.evaluate(async (assetsUrl) => {
        const analyzer = await mien.createAnalyzer({ assetsUrl });
        const { faces } = await analyzer.analyze(await (await fetch('/portrait.png')).blob());
        return faces.map(({ expression }) => expression);
      }, origin);
      expect(expressions).toEqual(['happy']);
      expect(cdn.requests).toContain('/kernels-relaxed.js');
    } finally {
      await other.close();
      server.close();
      cdn.close();
      await rm(copied, { recursive: true });
    }
  });

  describe('errors say what is missing if', () => {
    const failWith = async (
      headers: Readonly<Record<string, string>>,
      prepare?: (site: { made: Map<string, string | Uint8Array> }) => void,
    ) => {
      const server = await serveSite(site.folder, headers);
      prepare?.(server);
      const other = await site.browser.newPage();
      try {
        await other.goto(server.origin);
        await other.waitForFunction(() => 'mien' in globalThis);
        return await other.evaluate(async () => {
          const error = await mien.createAnalyzer().catch((error: unknown) => error as Error);
          return {
            isOurs: error instanceof mien.MienError,
            ...(error instanceof mien.MienError && { code: error.code, message: error.message }),
          };
        });
      } finally {
        await other.close();
        server.close();
      }
    };
    const policy = (text: string) => ({ 'content-security-policy': text });

    test('workers are forbidden', async () => {
      expect(await failWith(policy("worker-src 'none'"))).toEqual({
        isOurs: true,
        code: 'WORKER_FAILED',
        message: expect.stringMatching(/^worker: .*worker[.]js could not be .*worker-src 'self'/) as string,
      });
    });

    test('WebAssembly is forbidden', async () => {
      expect(await failWith(policy("script-src 'self' 'unsafe-inline'"))).toEqual({
        isOurs: true,
        code: 'UNSUPPORTED',
        message: expect.stringMatching(
          /^worker: WebAssembly cannot be compiled; .*'wasm-unsafe-eval'/,
        ) as string,
      });
    });

    test('fetching is forbidden', async () => {
      expect(await failWith(policy("connect-src 'none'"))).toMatchObject({ code: 'INPUT_UNREADABLE' });
    });

    test('the worker is not there', async () => {
      const broken = await failWith({}, ({ made }) =>
        made.set('/node_modules/@mien/web/dist/worker.js', 'throw new Error("broken")'),
      );
      expect(broken).toEqual({
        isOurs: true,
        code: 'WORKER_FAILED',
        message: expect.stringMatching(/^worker: ended \(Uncaught Error: broken\)/) as string,
      });
    });
  });
});
