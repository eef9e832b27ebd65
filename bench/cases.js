// The cases of `npm run bench`, and the ratios between them.
// @ts-check

const ROUNDS = 3;
const PYTHON = '/usr/bin/python3';
const OURS = 'npm ci';
const PEERS = 'npm install --prefix bench';
const DEBIAN = 'apt install python3-torch python3-opencv python3-pil opencv-data';

const node = (/** @type {string[]} */ ...args) => [process.execPath, ...args];

/** @type {{ command: string[], rounds: number, install: string }[]} */
export const CASES = [
  { command: node('inference.js'), rounds: ROUNDS, install: OURS },
  { command: node('peers/onnxruntime.js', 'onnxruntime-web'), rounds: ROUNDS, install: PEERS },
  { command: node('peers/onnxruntime.js', 'onnxruntime-node'), rounds: ROUNDS, install: PEERS },
  { command: node('peers/tfjs-inference.js'), rounds: ROUNDS, install: PEERS },
  { command: node('train-step.js'), rounds: ROUNDS, install: OURS },
  { command: [PYTHON, 'peers/torch-step.py'], rounds: ROUNDS, install: DEBIAN },
  { command: node('haar.js'), rounds: ROUNDS, install: OURS },
  { command: [PYTHON, 'peers/opencv-haar.py'], rounds: ROUNDS, install: DEBIAN },
  // One step takes about a minute.
  { command: node('peers/tfjs-step.js'), rounds: 1, install: PEERS },
  { command: node('../packages/kernels/bench/kernels.js'), rounds: 1, install: OURS },
  { command: node('start-up.js'), rounds: ROUNDS, install: OURS },
  { command: node('whole-way.js'), rounds: ROUNDS, install: OURS },
  { command: node('reading.js'), rounds: ROUNDS, install: OURS },
  { command: node('large-pictures.js'), rounds: ROUNDS, install: OURS },
  { command: node('peers/human.js'), rounds: ROUNDS, install: PEERS },
  { command: node('peers/face-api.js'), rounds: ROUNDS, install: PEERS },
];

/**
 * Name, prefix of our cases, prefix of the peer's cases. The fastest case with a prefix counts.
 * @type {[name: string, ours: string, peer: string][]}
 */
export const RATIOS = [
  ['batch1/onnxruntime-web', 'mien, batch 1', 'onnxruntime-web, batch 1'],
  ['batch1/onnxruntime-node', 'mien, batch 1', 'onnxruntime-node, batch 1'],
  ['batch1/tfjs-wasm', 'mien, batch 1', 'tfjs-wasm, batch 1'],
  ['batch32/onnxruntime-web', 'mien, batch 32', 'onnxruntime-web, batch 32'],
  ['batch32/onnxruntime-node', 'mien, batch 32', 'onnxruntime-node, batch 32'],
  ['batch32/tfjs-wasm', 'mien, batch 32', 'tfjs-wasm, batch 32'],
  ['nano-batch1/onnxruntime-web', 'mien, nano, batch 1', 'onnxruntime-web, nano, batch 1'],
  ['nano-batch1/onnxruntime-node', 'mien, nano, batch 1', 'onnxruntime-node, nano, batch 1'],
  ['nano-batch32/onnxruntime-web', 'mien, nano, batch 32', 'onnxruntime-web, nano, batch 32'],
  ['nano-batch32/onnxruntime-node', 'mien, nano, batch 32', 'onnxruntime-node, nano, batch 32'],
  ['step/torch', 'mien, step, 1 thread', 'torch, step'],
  ['step on 2 threads/torch', 'mien, step, 2 threads', 'torch, step'],
  ['residual step/torch', 'mien, residual step, 1 thread', 'torch, residual step'],
  ['residual step on 2 threads/torch', 'mien, residual step, 2 threads', 'torch, residual step'],
  ['step/tfjs-cpu', 'mien, step, 1 thread', 'tfjs-cpu'],
  ['camera frames/human', 'mien, camera frames', 'human, camera frames'],
  ['camera frames/face-api', 'mien, camera frames', 'face-api, camera frames'],
  ['photographs/human', 'mien, photographs', 'human, photographs'],
  ['photographs/face-api', 'mien, photographs', 'face-api, photographs'],
  ['haar/opencv', 'mien, haar', 'opencv, haar'],
  ['haar at 1.1/opencv', 'mien, haar at 1.1', 'opencv, haar at 1.1'],
];
