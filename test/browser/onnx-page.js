// The page's side of onnx-in-browser.test.ts: an ONNX model in onnxruntime-web, through the asynchronous analyzer.
// @ts-check
import { createAsyncAnalyzer, createHaarDetector } from '@mien/core';
import { createOnnxRuntimeModel } from '@mien/formats';

/** @param {string} path */
const fetchBytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());

/**
 * @param {number} width
 * @param {number} height
 */
async function analyseInPage(width, height) {
  // By a variable, so that the bundler leaves it to the page.
  const path = '/ort/ort.js';
  const runtime = await import(/* @vite-ignore */ path);
  runtime.env.wasm.wasmPaths = { wasm: '/ort/ort.wasm' };
  runtime.env.wasm.numThreads = 1;
  const bytes = await fetchBytes('/external.onnx');
  const model = await createOnnxRuntimeModel({ runtime, bytes, source: '/external.onnx', id: 'external' });
  const detector = await createHaarDetector({ cascade: await fetchBytes('/cascade.bin') });
  const analyzer = await createAsyncAnalyzer({ model, detector });
  /** @type {import('@mien/core').Frame} */
  const frame = { width, height, channels: 3, data: await fetchBytes('/frame.bin') };
  const results = await Promise.all([0, 100, 200].map((ms) => analyzer.analyzeFrame(frame, ms)));
  await analyzer.dispose();
  return { engine: model.engine, results };
}

Object.assign(globalThis, { analyseInPage });
