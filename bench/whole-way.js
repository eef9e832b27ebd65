// A camera frame from pixels to the smoothed reading: 640×480 with one face that moves in changing light, on one thread; 300
// frames at 30 per second, each timed separately. Plan an application with the p95: it includes the frames with a search or a
// garbage collection.
//
//   node bench/whole-way.js [MODEL]   the id of a folder in models/ (default: that of Node)
// @ts-check
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';
import { detectKernelBuild } from '@mien/core/nn';
import { DEFAULT_MODEL } from '@mien/node/models';
import { createSyntheticVideo, handHeld, timesOf } from '../test/synthetic-video/synthetic-video.js';
import { loadCast } from '../test/synthetic-video/sprites.js';
import { report } from './measure.js';
import { readModel } from './read-model.js';

const WARM_UP_MS = 1500;
const SECONDS = 10;

const { people } = await loadCast();
const video = createSyntheticVideo({
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
// Drawn before the timing: 300 frames are 276 MB.
const frames = times.map((ms) => ({ ms, frame: video.frameAt(ms).frame }));

const analyzer = await createAnalyzer({
  model: await loadModel(readModel(process.argv[2] ?? DEFAULT_MODEL)),
  detector: await createBlazeFaceDetector({ model: readModel('blazeface-short-range'), mode: 'camera' }),
});

/** Runs every frame once; returns the time of each, and the processor time, which other programs disturb less. */
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
