// The whole way of a camera's frame: 640×480 pixels with one face that moves and turns bright and dark, found, read,
// judged, followed and steadied, on one thread; 300 frames of 30 a second, each timed by itself. The p95 is what an
// application has to reckon with: it is that of the frames in which a search is due, or memory is tidied up.
// @ts-check
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';
import { detectKernelBuild } from '@mien/core/nn';
import { createFootage, handHeld, timesOf } from '../test/footage/made-up-footage.js';
import { loadCast } from '../test/footage/sprites.js';
import { report } from './measure.js';
import { readModel } from './read-model.js';

const WARM_UP_MS = 1500;
const SECONDS = 10;

const { people } = await loadCast();
const footage = createFootage({
  width: 640,
  height: 480,
  actors: [
    {
      course: (ms) => ({ x: 320 + 150 * Math.sin(ms / 900), y: 240 + 60 * Math.sin(ms / 700), size: 110 }),
      shows: [{ fromMs: 0, sprite: people[0] }],
    },
  ],
  shake: handHeld(6),
  light: (ms) => 0.9 + 0.1 * Math.sin(ms / 1500),
  noise: 3,
});
const times = timesOf(SECONDS, 30);
// Drawn before anything is timed: 300 frames are 276 MB.
const frames = times.map((ms) => ({ ms, frame: footage.momentAt(ms).frame }));

const analyzer = await createAnalyzer({
  model: await loadModel(readModel('mini-xception')),
  detector: await createBlazeFaceDetector({ model: readModel('blazeface-short-range'), mode: 'camera' }),
});

/** Every frame once: the time of each, and the processor's, which other programs disturb less. */
function follow() {
  analyzer.reset();
  return frames.map(({ ms, frame }) => {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const { faces } = analyzer.analyzeFrame(frame, ms);
    const wallMs = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    if (faces[0]?.id !== 1) throw new Error(`whole way: the face was lost at ${ms} ms`);
    return { wallMs, cpuMs: (user + system) / 1000 };
  });
}

const warmUntil = performance.now() + WARM_UP_MS;
do follow();
while (performance.now() < warmUntil);
const calls = follow();
const wall = calls.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
const cpu = calls.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
/** @param {number} share @param {number[]} values in their order */
const at = (share, values) => values[Math.floor(share * (values.length - 1))];

report({
  'mien, whole way': {
    medianMs: at(0.5, wall),
    bestMs: at(0, wall),
    p95Ms: at(0.95, wall),
    maxMs: at(1, wall),
    cpuMs: cpu.reduce((sum, ms) => sum + ms) / cpu.length,
    cpuP95Ms: at(0.95, cpu),
    calls: calls.length,
  },
  build: detectKernelBuild(),
});
