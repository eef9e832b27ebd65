// The page: shows faces, starts and stops the worker that trains, and draws what it reports.
import { createRandom } from '@mien/train/session';
import { drawFaces, LABELS, SIDE } from './faces.js';

/** A multiple of the labels; the first of each is shown. */
const HELD_OUT = 70;
/** Steps over which the speed is averaged: one step of a busy machine says little. */
const SPEED_STEPS = 10;

const element = (id) => document.getElementById(id);
const heldOut = drawFaces(HELD_OUT, createRandom(2));
const guessed = LABELS.map((label, index) => showFace(label, index));

let worker;
let losses = [];
let speeds = [];

element('toggle').onclick = () => (worker === undefined ? start() : stop('stopped'));

/** Adds a face as the network sees it; returns the place for what the network takes it for. */
function showFace(label, index) {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
  const pixels = heldOut.inputs.subarray(index * SIDE * SIDE, (index + 1) * SIDE * SIDE);
  const rgba = Uint8ClampedArray.from({ length: pixels.length * 4 }, (_, at) =>
    at % 4 === 3 ? 255 : (pixels[at >> 2] + 1) * 127.5,
  );
  canvas.getContext('2d').putImageData(new ImageData(rgba, SIDE), 0, 0);
  const guess = Object.assign(document.createElement('output'), { textContent: '?' });
  const item = document.createElement('li');
  item.append(canvas, label, document.createElement('br'), guess);
  element('faces').append(item);
  return guess;
}

function start() {
  [losses, speeds] = [[], []];
  element('toggle').textContent = 'Stop';
  element('status').textContent = 'starting …';
  worker = new Worker(new URL('./trainer.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => show(data);
  worker.onerror = ({ message }) => stop(message);
  worker.postMessage(heldOut);
}

/** The worker's own threads end with it. */
function stop(status) {
  worker.terminate();
  worker = undefined;
  element('toggle').textContent = 'Train again';
  element('status').textContent = status;
}

function show(report) {
  switch (report.kind) {
    case 'started': {
      const threads = report.threads === 1 ? '1 thread' : `${report.threads} threads`;
      const alone = crossOriginIsolated ? '' : ' (this page is not cross-origin isolated)';
      element('status').textContent = `${report.steps} steps, ${threads}${alone}, ${report.build} kernels`;
      break;
    }
    case 'step':
      losses.push(report.loss);
      speeds = [...speeds, report.picturesPerSecond].slice(-SPEED_STEPS);
      element('step').textContent = report.step;
      element('loss').textContent = report.loss.toFixed(3);
      element('speed').textContent = Math.round(harmonicMean(speeds));
      drawCurve(element('curve'), losses);
      break;
    case 'guesses': {
      const right = report.guesses.filter((guess, face) => guess === face % LABELS.length).length;
      element('accuracy').textContent = `${((right / report.guesses.length) * 100).toFixed(0)} %`;
      guessed.forEach((output, face) => (output.textContent = LABELS[report.guesses[face]]));
      break;
    }
    case 'finished':
      stop('finished');
      break;
    case 'failed':
      stop(report.message);
      break;
  }
}

/** The mean of rates: all pictures over all time. */
const harmonicMean = (rates) => rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);

/** Loss by step, from 0 at the bottom to the largest at the top. */
function drawCurve(canvas, values) {
  const { width, height } = canvas.getBoundingClientRect();
  Object.assign(canvas, { width: width * devicePixelRatio, height: height * devicePixelRatio });
  const context = canvas.getContext('2d');
  context.scale(devicePixelRatio, devicePixelRatio);
  const largest = Math.max(...values);
  const [x, y] = [
    (step) => 8 + (step / Math.max(1, values.length - 1)) * (width - 16),
    (loss) => height - 8 - (loss / largest) * (height - 32),
  ];
  context.strokeStyle = context.fillStyle = getComputedStyle(canvas).color;
  context.fillText(`loss, at most ${largest.toFixed(2)}`, 8, 16);
  context.lineWidth = 1.5;
  context.beginPath();
  values.forEach((loss, step) => context.lineTo(x(step), y(loss)));
  context.stroke();
}
