import { describe, expect, it } from 'vitest';
import type { Frame } from '../frame.js';
import { createTestRandom } from '../testing/test-random.js';
import { ShotBoundaryDetector } from './shot-boundary.js';

const [WIDTH, HEIGHT] = [160, 90];
type Colour = readonly [red: number, green: number, blue: number];
type Scene = (x: number, y: number) => Colour;

/** A scene without end: a landscape of coloured tiles and hills, different for each seed. */
function makeScene(seed: number): Scene {
  const random = createTestRandom(seed * 7919);
  const tint = Array.from({ length: 3 }, () => 60 + 130 * random());
  const [side, turn] = [14 + 20 * random(), random() * 3];
  const wave = { x: (random() - 0.5) * 0.2, y: (random() - 0.5) * 0.2 };
  return (x, y) => {
    const u = Math.floor((x * Math.cos(turn) - y * Math.sin(turn)) / side);
    const v = Math.floor((x * Math.sin(turn) + y * Math.cos(turn)) / side);
    const tile = createTestRandom(Math.abs((u * 73_856_093) ^ (v * 19_349_663) ^ (seed * 83_492_791)));
    tile();
    const hill = 20 * Math.sin(wave.x * x + wave.y * y);
    return tint.map((value) => value + hill + 110 * (tile() - 0.5)) as unknown as Colour;
  };
}

function draw(
  scene: Scene,
  { x = 0, y = 0, gain = 1, offset = 0, zoom = 1 } = {},
  channels: 1 | 3 | 4 = 3,
): Frame {
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * channels).fill(255);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const colour = scene(
      ((i % WIDTH) - WIDTH / 2) * zoom + x,
      (Math.floor(i / WIDTH) - HEIGHT / 2) * zoom + y,
    );
    for (let c = 0; c < Math.min(3, channels); c++) data[i * channels + c] = colour[c]! * gain + offset;
  }
  return { width: WIDTH, height: HEIGHT, channels, data: new Uint8Array(data.buffer) };
}

/** The indices of the frames that begin a shot. */
function cutsOf(frames: readonly Frame[]): number[] {
  const detector = new ShotBoundaryDetector();
  return frames.flatMap((frame, index) => (detector.next(frame) ? [index] : []));
}
const SCENES = Array.from({ length: 12 }, (_, seed) => makeScene(seed + 1));
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a cut', () => {
  it.each([1, 3, 4] as const)('is found between any two scenes, in frames of %d channels', (channels) => {
    let found = 0;
    for (const a of SCENES) {
      for (const b of SCENES) {
        if (a !== b) found += cutsOf([draw(a, {}, channels), draw(b, {}, channels)]).length;
      }
    }
    expect(found / (12 * 11)).toBeGreaterThan(0.97);
  });

  it('is found after black frames in between', () => {
    const [a = makeScene(1), b = makeScene(2)] = SCENES;
    const black = draw(a, { gain: 0 });
    expect(cutsOf([draw(a), black, black, draw(b), draw(b)])).toEqual([3]);
  });

  it('is found where a small face before a plain wall follows', () => {
    const [a = makeScene(1)] = SCENES;
    const wall: Scene = (x, y) => (Math.hypot(x + 20, y + 20) < 9 ? [200, 150, 120] : [124, 140, 100]);
    expect(cutsOf([draw(a), draw(wall), draw(wall)])).toEqual([1]);
  });

  it('is found where the size changes too, and not because of it', () => {
    const [a = makeScene(1), b = makeScene(2)] = SCENES;
    const half = (scene: Scene): Frame => {
      const data = new Uint8Array(80 * 45 * 3);
      for (let i = 0; i < 80 * 45; i++) {
        const colour = scene((i % 80) * 2 - 80, Math.floor(i / 80) * 2 - 45);
        for (let c = 0; c < 3; c++) data[i * 3 + c] = colour[c]!;
      }
      return { width: 80, height: 45, channels: 3, data };
    };
    expect(cutsOf([draw(a), half(a), draw(a), half(b)])).toEqual([3]);
  });
});

describe('no cut is', () => {
  it.each<[string, (scene: Scene) => Frame[]]>([
    ['a first frame', (scene) => [draw(scene)]],
    ['a slow pan', (scene) => range(60).map((i) => draw(scene, { x: i * 2 }))],
    ['a fast pan', (scene) => range(20).map((i) => draw(scene, { x: i * 40, y: i * 8 }))],
    ['a zoom', (scene) => range(30).map((i) => draw(scene, { zoom: 1 - i * 0.02 }))],
    [
      'a fade to black and back',
      (scene) => range(41).map((i) => draw(scene, { gain: Math.abs(i - 20) / 20 })),
    ],
    ['a flash', (scene) => [0, 0, 120, 255, 60, 0].map((offset) => draw(scene, { offset }))],
    [
      'noise, as between television channels',
      () => {
        const random = createTestRandom(3);
        const noise = () => Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, () => 255 * random());
        return range(6).map(() => ({ width: WIDTH, height: HEIGHT, channels: 3 as const, data: noise() }));
      },
    ],
    ['a white frame', (scene) => [draw(scene), draw(scene, { gain: 0, offset: 255 }), draw(scene)]],
    [
      'a dissolve',
      (scene) =>
        range(26).map((i) => {
          const [from, to] = [draw(scene), draw(makeScene(99))];
          return { ...from, data: from.data.map((value, at) => value + ((to.data[at]! - value) * i) / 25) };
        }),
    ],
    [
      'something large that moves through',
      (scene) =>
        range(20).map((i) =>
          draw((x, y) => (Math.abs(x + 90 - i * 9) < 40 && y > -30 ? [200, 160, 140] : scene(x, y))),
        ),
    ],
    [
      'people who move before a plain wall',
      () =>
        [-60, -30, 10, 50].map((at) =>
          draw((x, y) => (Math.abs(x - at) < 12 && y > -10 ? [190, 150, 130] : [90, 95, 100])),
        ),
    ],
  ])('%s', (_, film) => {
    const found = SCENES.map((scene) => cutsOf(film(scene)));
    expect(found).toEqual(SCENES.map(() => []));
  });

  it('a flash in which all but the darkest parts become white', () => {
    const hills: Scene = (x, y) => {
      const height = 120 + 60 * Math.sin(x / 17) * Math.cos(y / 13) + 50 * Math.sin((x + 2 * y) / 31);
      return [height, height, height];
    };
    for (const [gain, offset] of [
      [2, 60],
      [4, 40],
      [6, 40],
    ] as const) {
      expect(cutsOf([draw(hills), draw(hills, { gain, offset }), draw(hills)])).toEqual([]);
    }
  });
});
