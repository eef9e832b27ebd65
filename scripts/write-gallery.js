// Makes the pictures of docs/GALLERY.md: node scripts/write-gallery.js [FER2013.csv[.gz]]
//
//   annotated.jpg   the example portrait with its reading drawn in
//   timeline.png    who showed what when, in a synthetic video made of that portrait
//   report.png      the report of that video, as a browser shows it
//   preview.png     the portrait as the `robust` recipe varies it
//   confusion.png   what the shipped model mixes up on FER2013's PublicTest; only when its file is given
//
// Everything is made by the command itself. Needs ffmpeg and Chromium, and a build.
// @ts-check
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMAGES = join(ROOT, 'docs/images');
const PORTRAIT = join(ROOT, 'examples/eileen-collins.png');
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

// The video --------------------------------------------------------------------------------------------------------

const [WIDTH, HEIGHT, RATE, SECONDS] = [640, 360, 20, 14];
const WALL = 150;
/** Head and shoulders within the portrait, and the middle of the mouth within these. */
const HEAD = { left: 104, top: 0, width: 240, height: 240 };
const MOUTH = { x: 117, y: 147 };
/** What is drawn over the smile: skin, and another mouth upon it. @type {Record<Mouth, string>} */
const MOUTHS = {
  smiling: '',
  closed: '<ellipse rx="13" ry="2" fill="#a86a5c"/>',
  open: '<ellipse rx="12" ry="16" cy="4" fill="#320f0f"/>',
};

/** @typedef {'smiling' | 'closed' | 'open'} Mouth @typedef {{ width: number, height: number, data: Buffer }} Sprite RGB */

/**
 * The portrait's head.
 *
 * @param {{ side: number, isMirrored?: boolean }} options @param {Mouth} mouth
 * @returns {Promise<Sprite>}
 */
async function drawHead({ side, isMirrored = false }, mouth) {
  let head = await sharp(PORTRAIT).extract(HEAD).removeAlpha().png().toBuffer();
  if (mouth !== 'smiling') {
    const drawing =
      `<svg width="${HEAD.width}" height="${HEAD.height}"><filter id="soft"><feGaussianBlur stdDeviation="2"/></filter>` +
      `<g transform="translate(${MOUTH.x} ${MOUTH.y})" filter="url(#soft)"><ellipse rx="32" ry="17" fill="#debfa1"/>${MOUTHS[mouth]}</g></svg>`;
    head = await sharp(head)
      .composite([{ input: Buffer.from(drawing) }])
      .png()
      .toBuffer();
  }
  const picture = sharp(head).resize(side, side).flop(isMirrored).removeAlpha().raw();
  const { data } = await picture.toBuffer({ resolveWithObject: true });
  return { width: side, height: side, data };
}

/** A head with each mouth. @param {Parameters<typeof drawHead>[0]} options @returns {Promise<Record<Mouth, Sprite>>} */
async function drawHeads(options) {
  const [smiling, closed, open] = await Promise.all([
    drawHead(options, 'smiling'),
    drawHead(options, 'closed'),
    drawHead(options, 'open'),
  ]);
  return { smiling, closed, open };
}

/**
 * @param {Buffer} frame RGB
 * @param {Sprite} sprite
 * @param {number} left @param {number} top in whole pixels; parts beyond the frame are cut off
 */
function paint(frame, { width, height, data }, left, top) {
  for (let y = Math.max(0, -top); y < Math.min(height, HEIGHT - top); y++) {
    const [from, to] = [Math.max(0, -left), Math.min(width, WIDTH - left)];
    if (from >= to) return;
    data.copy(frame, ((top + y) * WIDTH + left + from) * 3, (y * width + from) * 3, (y * width + to) * 3);
  }
}

/**
 * One person smiles, wonders, and is hidden for a moment; a second one comes in; in the end it gets dark.
 *
 * @param {string} path of the video
 */
async function makeVideo(path) {
  const first = await drawHeads({ side: 220 });
  const second = await drawHeads({ side: 170, isMirrored: true });
  const size = `${WIDTH}x${HEIGHT}`;
  const input = ['-f', 'rawvideo', '-pixel_format', 'rgb24', '-video_size', size, '-framerate', String(RATE)];
  const output = ['-c:v', 'libx264', '-crf', '18', '-pix_fmt', 'yuv420p', '-y', path];
  const ffmpeg = spawn('ffmpeg', ['-loglevel', 'error', ...input, '-i', '-', ...output], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  for (let index = 0; index < RATE * SECONDS; index++) {
    const time = index / RATE;
    const between = (/** @type {number} */ from, /** @type {number} */ to) => time >= from && time < to;
    const frame = Buffer.alloc(WIDTH * HEIGHT * 3, WALL);
    const sway = (/** @type {number} */ phase) => Math.round(14 * Math.sin(time * 1.3 + phase));
    if (!between(6.5, 7.4)) {
      const mouth = between(2.5, 5) ? 'open' : between(9, 11) ? 'closed' : 'smiling';
      paint(frame, first[mouth], 40 + sway(0), 90 + sway(2));
    }
    if (time >= 4) {
      const left = Math.max(400, Math.round(WIDTH - (time - 4) * 220));
      const mouth = between(6, 8) ? 'closed' : between(9.5, 11.5) ? 'open' : 'smiling';
      paint(frame, second[mouth], left + sway(1), 120 + sway(4));
    }
    const light = time < 12 ? 1 : 0.16;
    for (let at = 0; at < frame.length; at++) frame[at] = Math.round((frame[at] ?? 0) * light);
    if (!ffmpeg.stdin.write(frame)) await once(ffmpeg.stdin, 'drain');
  }
  ffmpeg.stdin.end();
  const [code] = await once(ffmpeg, 'close');
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

// The pictures -----------------------------------------------------------------------------------------------------

/** @param {string} folder @param {...string} args */
function mien(folder, ...args) {
  const command = join(ROOT, 'packages/cli/bin/mien.js');
  execFileSync(process.execPath, [command, ...args], { cwd: folder, stdio: 'ignore' });
}

/** Few colours and no metadata: charts stay small. @param {string | Buffer} from @param {string} name @param {number} [width] */
async function writePng(from, name, width) {
  const picture = sharp(from).flatten({ background: 'white' });
  if (width !== undefined) picture.resize(width);
  await picture.png({ palette: true, colours: 128, compressionLevel: 9 }).toFile(join(IMAGES, name));
}

/** @param {string | undefined} fer2013 */
async function main(fer2013) {
  const executablePath = BROWSERS.find(existsSync);
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  mkdirSync(IMAGES, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'mien-gallery-'));
  const browser = await chromium.launch({ executablePath });
  const openPage = async (/** @type {string} */ path, width = 900) => {
    const page = await browser.newPage({ viewport: { width, height: 700 }, colorScheme: 'light' });
    await page.goto(pathToFileURL(path).href);
    return page;
  };
  try {
    mien(folder, 'analyze', PORTRAIT, '--annotate', join(IMAGES, 'annotated.jpg'));

    await makeVideo(join(folder, 'interview.mp4'));
    mien(folder, 'analyze', 'interview.mp4', '--every', '100ms', '--out', 'out', '--plot', '--report');
    await writePng(join(folder, 'out/interview.mp4.timeline.png'), 'timeline.png', 1200);
    const report = await openPage(join(folder, 'out/interview.mp4.report.html'));
    await writePng(await report.screenshot(), 'report.png');

    const face = sharp(PORTRAIT).extract({ left: 170, top: 68, width: 110, height: 110 });
    for (const split of ['train', 'validation']) {
      mkdirSync(join(folder, 'faces', split, 'happy'), { recursive: true });
      await face.clone().toFile(join(folder, 'faces', split, 'happy/portrait.png'));
    }
    const recipe = { preset: 'robust', inputSize: 64, validation: { split: 'validation' } };
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe));
    mien(
      folder,
      ...'data preview --data faces --recipe recipe.json --pictures 1 --epochs 8 --out sheet.png'.split(' '),
    );
    await writePng(join(folder, 'sheet.png'), 'preview.png');

    if (fer2013 !== undefined) {
      mien(folder, 'evaluate', '--data', fer2013, '--split', 'PublicTest', '--report', 'evaluation.html');
      const page = await openPage(join(folder, 'evaluation.html'));
      const figure = page.locator('section', { hasText: 'Confusion' }).first();
      await writePng(await figure.screenshot(), 'confusion.png');
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [data] = process.argv.slice(2);
await main(data === undefined ? undefined : resolve(data));
