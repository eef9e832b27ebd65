// What Node and a page both run: FER2013's CSV parsed from a file, a network trained on it by a recipe, with the
// checkpoints in memory; then the same interrupted and resumed.
// @ts-check
import { createRandom, createGraph, createMemoryStore, parseFer2013Blob, trainModel } from '@mien/train';
import { parseRecipe } from '@mien/train/recipe';

const SIDE = 48;
const LABELS = 7;
/** Two batches per epoch, the second one smaller. */
const ROWS = { Training: 14, PublicTest: 7 };
const RECIPE = {
  preset: 'robust',
  epochs: 2,
  batchSize: 8,
  inputSize: 20,
  warmupEpochs: 1,
  validation: { split: 'PublicTest' },
};

/**
 * @param {number | undefined} threads
 * @returns losses and weights of both runs; bits are the float32 values as int32, so that nothing is rounded on the way
 */
export async function trainOnCsv(threads) {
  const csv = new Blob([makeCsv()]);
  const packed = await new Response(csv.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  const dataset = await parseFer2013Blob(packed, 'fer2013.csv.gz');
  const recipe = parseRecipe(RECIPE, 'test');
  const graph = createGraph(recipe, dataset.labelNames.length);
  const options = { dataset, graph, recipe, ...(threads === undefined ? {} : { threads }) };

  const store = createMemoryStore();
  let usedThreads = 0;
  const whole = await trainModel({ ...options, store }, { onStart: (plan) => (usedThreads = plan.threads) });

  const second = createMemoryStore();
  const stop = new AbortController();
  const stopped = await trainModel(
    { ...options, store: second, signal: stop.signal },
    { onBatch: ({ epoch, batch }) => epoch === 2 && batch === 1 && stop.abort() },
  );
  const resume = await second.loadCheckpoint(stopped.lastPath);
  if (resume === undefined) throw new Error(`${stopped.lastPath} was not saved`);
  const resumed = await trainModel({ ...options, store: second, resume });

  return {
    threads: usedThreads,
    reasons: [whole.reason, stopped.reason, resumed.reason],
    whole: describe(store, whole.lastPath),
    resumed: describe(second, resumed.lastPath),
  };
}

/**
 * @param {import('@mien/train').MemoryStore} store
 * @param {string} lastPath
 */
function describe({ history, checkpoints }, lastPath) {
  const weights = checkpoints.get(lastPath)?.weights ?? new Map();
  return {
    checkpoints: [...checkpoints.keys()].sort(),
    losses: history.map(({ loss, valLoss }) => [...new Int32Array(Float64Array.of(loss, valLoss).buffer)]),
    weights: [...weights].map(([name, { data }]) => ({
      name,
      bits: [...new Int32Array(data.buffer, data.byteOffset, data.length)],
    })),
  };
}

function makeCsv() {
  const random = createRandom(3);
  const lines = Object.entries(ROWS).flatMap(([split, count]) =>
    Array.from({ length: count }, (_, row) => {
      const base = 20 + 32 * (row % LABELS);
      const pixels = Array.from({ length: SIDE * SIDE }, () => base + random.uniformInt(24));
      return `${row % LABELS},${pixels.join(' ')},${split}`;
    }),
  );
  return ['emotion,pixels,Usage', ...lines, ''].join('\n');
}
