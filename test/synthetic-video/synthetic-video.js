// Synthetic videos with a known ground truth: faces cut out of pictures move over a wall. The camera may shake, the light may
// change, and the sensor may be noisy. Each frame is drawn from its time alone, so a video exists at any frame rate, and equal
// times give equal pictures.
//
// Plain JavaScript, because tests and benches load this file directly.
// @ts-check
import { createTestRandom } from '../../packages/core/dist/modules/testing/test-random.js';

/**
 * @typedef {import('@mien/core').Box} Box
 *
 * @typedef {object} Sprite  a square picture of a face
 * @property {number} side  in pixels
 * @property {Uint8Array} data  `[side, side, 3]`
 * @property {Box} face  relative to the side
 * @property {boolean} oval  whether only the inscribed oval is drawn, with a soft edge
 * @property {string} [expression]  what the model clearly reads in it
 *
 * @typedef {object} Place
 * @property {number} x  centre of the face, in pixels of the frame
 * @property {number} y
 * @property {number} [size]  width of the face in pixels; default {@link FACE_SIZE}
 * @property {number} [light]  1 as in its picture
 *
 * @typedef {(ms: number) => Place | undefined} Course  where a face is; `undefined` while it is away
 *
 * @typedef {object} Actor
 * @property {Course} course
 * @property {readonly { fromMs: number, sprite: Sprite }[]} shows  its expressions, each with its start time, in order
 *
 * @typedef {object} Scene
 * @property {number} width
 * @property {number} height
 * @property {readonly Actor[]} actors  later ones cover earlier ones
 * @property {(ms: number) => readonly [x: number, y: number]} [shake]  displacement of the camera, in pixels
 * @property {(ms: number) => number} [light]  of the whole scene; default 1
 * @property {number} [noise]  of the sensor: standard deviation on a scale of 255; default 0
 *
 * @typedef {object} TrueFace  ground truth of one actor in one frame
 * @property {number} actor  index
 * @property {Box} box  in pixels of the frame
 * @property {number} visible  share of it that is in the frame and not covered
 * @property {string | undefined} expression  its true expression
 */

/** Default width of a face in pixels. */
const FACE_SIZE = 72;
/** Where the edge of an oval begins to fade, relative to its radius. */
const FADE = 0.86;
/** Wall beyond the frame for a moving camera, in pixels. */
const MARGIN = 64;
const NOISE_VALUES = 2 ** 16;

/** @param {Scene} scene */
export function createSyntheticVideo(scene) {
  const wall = paintWall(scene);
  const grain = scene.noise ? createGrain(scene.noise) : undefined;

  /** @param {number} ms @returns {{ frame: import('@mien/core').Frame, truth: TrueFace[] }} */
  function frameAt(ms) {
    const { width, height, actors, shake = () => [0, 0], light = () => 1 } = scene;
    const data = new Uint8Array(width * height * 3);
    const [shiftX = 0, shiftY = 0] = shake(ms);
    copyWall(wall, { left: shiftX, top: shiftY, width, height }, data);
    /** @type {(Omit<TrueFace, 'visible'> & { square: Box })[]} */
    const drawn = [];
    actors.forEach(({ course, shows }, actor) => {
      const place = course(ms);
      const shown = shows.findLast(({ fromMs }) => fromMs <= ms);
      if (place === undefined || shown === undefined) return;
      const square = squareOf(shown.sprite, { ...place, x: place.x - shiftX, y: place.y - shiftY });
      drawSprite(shown.sprite, square, place.light ?? 1, { width, height, data });
      const { face } = shown.sprite;
      const box = {
        x: square.x + face.x * square.width,
        y: square.y + face.y * square.height,
        width: face.width * square.width,
        height: face.height * square.height,
      };
      drawn.push({ actor, expression: shown.sprite.expression, square, box });
    });
    expose(data, light(ms), grain, ms);
    const frameBox = { x: 0, y: 0, width, height };
    const truth = drawn.map(({ actor, expression, box }, index) => ({
      actor,
      box,
      expression,
      visible: visibleShare(
        box,
        frameBox,
        drawn.slice(index + 1).map(({ square }) => square),
      ),
    }));
    return { frame: { width, height, channels: 3, data }, truth };
  }

  return { scene, frameAt };
}

/**
 * Presentation times from 0, in milliseconds.
 *
 * @param {number} seconds
 * @param {number} framesPerSecond
 * @param {'constant' | 'variable'} [kind]  variable: from half to one and a half times the usual time apart, and one frame in ten missing
 */
export function timesOf(seconds, framesPerSecond, kind = 'constant') {
  const random = createTestRandom(framesPerSecond);
  const stepMs = 1000 / framesPerSecond;
  /** @type {number[]} */
  const times = [];
  for (let index = 0, ms = 0; ms <= seconds * 1000; index++) {
    if (kind === 'constant' || index === 0 || random() > 0.1) times.push(ms);
    ms = kind === 'constant' ? (index + 1) * stepMs : ms + stepMs * (0.5 + random());
  }
  return times;
}

/** A hand-held camera: slow swaying and a quick tremor, in pixels. @param {number} strength  pixels of the swaying */
export function handHeld(strength) {
  return (/** @type {number} */ ms) => {
    const s = ms / 1000;
    const sway = (/** @type {number} */ phase) =>
      Math.sin(1.9 * s + phase) + 0.5 * Math.sin(4.3 * s + 2 * phase);
    const tremor = (/** @type {number} */ phase) => 0.15 * Math.sin(47 * s + phase);
    return /** @type {const} */ ([strength * (sway(0) + tremor(1)), strength * 0.7 * (sway(2) + tremor(3))]);
  };
}

/**
 * The square to draw a sprite into, so that its face has the given place and size.
 *
 * @param {Sprite} sprite @param {Place} place @returns {Box}
 */
function squareOf({ face }, { x, y, size = FACE_SIZE }) {
  const side = size / face.width;
  return {
    x: x - (face.x + face.width / 2) * side,
    y: y - (face.y + face.height / 2) * side,
    width: side,
    height: side,
  };
}

/** @param {Sprite} sprite @param {Box} square @param {number} light @param {{ width: number, height: number, data: Uint8Array }} target */
function drawSprite({ side, data: source, oval }, square, light, { width, height, data }) {
  const scale = side / square.width;
  const [left, right] = pixelsOf(square.x, square.width, width);
  const [top, bottom] = pixelsOf(square.y, square.height, height);
  for (let y = top; y < bottom; y++) {
    const sourceY = Math.min(Math.max((y + 0.5 - square.y) * scale - 0.5, 0), side - 1.001);
    const row = Math.floor(sourceY);
    const down = sourceY - row;
    for (let x = left; x < right; x++) {
      const sourceX = Math.min(Math.max((x + 0.5 - square.x) * scale - 0.5, 0), side - 1.001);
      const alpha = oval ? opacityAt(sourceX / side - 0.5, sourceY / side - 0.5) : 1;
      if (alpha === 0) continue;
      const column = Math.floor(sourceX);
      const across = sourceX - column;
      const from = (row * side + column) * 3;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const above = mix(source[from + c], source[from + c + 3], across);
        const below = mix(source[from + c + 3 * side], source[from + c + 3 * side + 3], across);
        data[to + c] = mix(data[to + c], Math.min(255, light * mix(above, below, down)), alpha);
      }
    }
  }
}

/** The pixels whose middles lie in an interval and in the frame. @param {number} start @param {number} length @param {number} limit */
function pixelsOf(start, length, limit) {
  return /** @type {const} */ ([
    Math.max(0, Math.ceil(start - 0.5)),
    Math.min(limit, Math.ceil(start + length - 0.5)),
  ]);
}

/** @param {number | undefined} a @param {number | undefined} b @param {number} share  of b */
function mix(a = 0, b = 0, share) {
  return a + share * (b - a);
}

/** Of an oval in a square whose middle is 0, 0 and whose side is 1. @param {number} x @param {number} y */
function opacityAt(x, y) {
  const radius = 2 * Math.sqrt((1.15 * x) ** 2 + y ** 2); // Math.hypot takes ten times as long.
  return Math.min(1, Math.max(0, (1 - radius) / (1 - FADE)));
}

/** Something to be seen everywhere that is no face: light from one side, and soft stripes. @param {Scene} scene */
function paintWall({ width, height }) {
  const [across, down] = [width + 2 * MARGIN, height + 2 * MARGIN];
  const data = new Uint8Array(across * down * 3);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const level = 110 + (60 * x) / across + 12 * Math.sin(x / 37) * Math.sin(y / 53) + 6 * Math.sin(y / 11);
      data.set([level, level * 0.97, level * 0.9], (y * across + x) * 3);
    }
  }
  return { width: across, height: down, data };
}

/** @param {ReturnType<typeof paintWall>} wall @param {{ left: number, top: number, width: number, height: number }} region @param {Uint8Array} target */
function copyWall(wall, { left, top, width, height }, target) {
  const column = Math.min(Math.max(Math.round(left) + MARGIN, 0), wall.width - width);
  const row = Math.min(Math.max(Math.round(top) + MARGIN, 0), wall.height - height);
  for (let y = 0; y < height; y++) {
    const from = ((row + y) * wall.width + column) * 3;
    target.set(wall.data.subarray(from, from + width * 3), y * width * 3);
  }
}

/** The sensor: light, then noise. @param {Uint8Array} data @param {number} light @param {Float32Array | undefined} grain @param {number} ms */
function expose(data, light, grain, ms) {
  if (light === 1 && grain === undefined) return;
  const start = Math.floor(createTestRandom(Math.round(ms * 1000))() * NOISE_VALUES);
  for (let i = 0; i < data.length; i++) {
    const noise = grain?.[(start + i) % NOISE_VALUES] ?? 0;
    data[i] = Math.min(255, Math.max(0, light * (data[i] ?? 0) + noise + 0.5));
  }
}

/** Normal values. Ref: Box, Muller, "A note on the generation of random normal deviates", 1958. @param {number} deviation */
function createGrain(deviation) {
  const random = createTestRandom(1);
  return Float32Array.from(
    { length: NOISE_VALUES },
    () => deviation * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
}

/** Counted on a grid of 16×16 points. @param {Box} box @param {Box} frame @param {readonly Box[]} others */
function visibleShare(box, frame, others) {
  const GRID = 16;
  let visible = 0;
  for (let at = 0; at < GRID ** 2; at++) {
    const x = box.x + (box.width * ((at % GRID) + 0.5)) / GRID;
    const y = box.y + (box.height * (Math.floor(at / GRID) + 0.5)) / GRID;
    const isIn = (/** @type {Box} */ it) =>
      x >= it.x && y >= it.y && x < it.x + it.width && y < it.y + it.height;
    if (isIn(frame) && !others.some(isIn)) visible++;
  }
  return visible / GRID ** 2;
}
