// Runs in the page: fetches the inputs that the test serves, and runs them. Called by the test through `runInPage`.
import * as core from '../../packages/core/dist/index.js';
import * as nn from '../../packages/core/dist/nn/index.js';
import { runCore } from './run-core.js';

const fetchBytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());

globalThis.runInPage = async (build, width, height) =>
  runCore(core, nn, build, {
    model: await fetchBytes('/model.safetensors'),
    pictures: new Float32Array((await fetchBytes('/pictures.bin')).buffer),
    cascade: await fetchBytes('/cascade.bin'),
    frame: { width, height, channels: 3, data: await fetchBytes('/frame.bin') },
  });
