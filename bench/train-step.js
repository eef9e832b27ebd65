// Mien: one training step of 32 pictures (forward, backward, Adam) on one and two threads, of mini_Xception and of a residual
// network with dense 3×3 convolutions, whose rate is compared with that of the gemm kernel.
// @ts-check
import { createKernels, describeGraph, miniXception, residualNetwork } from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import { inputs, measure, report } from './measure.js';

const BATCH = 32;
const NETWORKS = { '': miniXception(), 'residual ': residualNetwork({ widths: [32, 64, 128, 256] }) };
const pictures = inputs(BATCH);
const targets = Float32Array.from({ length: BATCH * 7 }, (_, index) => (index % 8 === 0 ? 1 : 0));

/** @type {Record<string, object>} */
const results = {};
for (const [name, graph] of Object.entries(NETWORKS)) {
  for (const threads of [1, 2]) {
    const session = await createTrainingSession({
      graph,
      batchSize: BATCH,
      seed: 1,
      optimizer: { kind: 'adam' },
      threads,
    });
    const step = () => session.trainStep(pictures, targets, BATCH, 0.001);
    // A runtime without shared memory always uses one thread.
    if (threads === 1 || session.threads === threads) {
      const timing = await measure(step, { measureMs: 1500 });
      // Forward, gradient of the inputs, gradient of the weights: a multiplication and an addition for each MAC.
      const flop = 3 * 2 * describeGraph(graph).macs * BATCH;
      results[`mien, ${name}step, ${threads} ${threads === 1 ? 'thread' : 'threads'}`] = { ...timing, flop };
    }
    await session.dispose();
  }
}

// [1152, 128] · [128, 128], a typical size in such networks.
const [rows, size] = [1152, 128];
const kernels = await createKernels();
const elements = rows * size;
const place = () => kernels.allocate(elements * 4);
const [a, panels, c] = [place(), place(), place()];
kernels.f32(a, elements).fill(0.5);
kernels.f32(panels, (size + 1) * size).fill(0.25);
const multiply = () => kernels.exports.gemm(a, panels, c, size, size, 0, 0, rows);
results['mien, gemm'] = { ...(await measure(multiply, { measureMs: 500 })), flop: 2 * rows * size * size };
report(results);
