/**
 * The same video sampled alike gives the same table in the studio and in `mien analyze`: equal times, and values within what
 * two decoders differ.
 *
 * The page decodes with Chromium and the command with ffmpeg, which turn YUV into RGB with different rounding and different
 * filters for the colours. The bounds are about twice the differences that were measured here.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Face } from '@mien/core';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { ffmpeg, HAS_FFMPEG } from '../../packages/node/src/testing/make-video.js';
import { CHROMIUM } from '../browser/chromium.js';
import { makeMovingFace } from './make-video.js';
import { save, useStudio } from './studio.js';

const MIEN = fileURLToPath(new URL('../../packages/cli/bin/mien.js', import.meta.url));
const H264 = ['-c:v', 'libx264', '-crf', '16'];
/** In parts of the face's width. */
const BOX_BOUND = 0.06;
const PROBABILITY_BOUND = 0.02;

interface Row {
  readonly timestampMs: number;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Face[];
}

describe.skipIf(CHROMIUM === undefined || !HAS_FFMPEG)(
  'the table of a video (needs Chromium and ffmpeg)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'mien-video-'));
    let page: Page;
    const studio = useStudio();
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each<[string, string, (path: string) => Promise<void>]>([
      [
        'WebM with sound',
        'sound.webm',
        (path) => makeMovingFace(path, { seconds: 3, rate: 25, hasSound: true, codec: ['-c:v', 'libvpx', '-b:v', '2M', '-c:a', 'libopus'] }), // prettier-ignore
      ],
      [
        'variable frame rate, MP4 with sound',
        'variable.mp4',
        (path) =>
          makeMovingFace(path, {
            seconds: 3,
            rate: 30,
            hasSound: true,
            filter: String.raw`select='not(mod(n\,3))+lt(mod(n\,17)\,5)',setpts=N/30/TB+0.02*mod(N\,5)/TB`,
            codec: ['-vsync', 'vfr', ...H264, '-c:a', 'aac'],
          }),
      ],
      [
        'a rotated phone video',
        'rotated.mp4',
        async (path) => {
          const upright = join(folder, 'lying.mp4');
          await makeMovingFace(upright, { seconds: 3, rate: 24, filter: 'scale=360:360,pad=480:360:60:0,transpose=1', codec: H264 }); // prettier-ignore
          await ffmpeg('-i', upright, '-c', 'copy', '-metadata:s:v', 'rotate=90', path);
        },
      ],
    ])('has the times and, within bounds, the values of mien analyze: %s', async (_, name, make) => {
      const path = join(folder, name);
      await make(path);
      const output = execFileSync(process.execPath, [MIEN, 'analyze', path, '--every', '200ms', '--format', 'json']); // prettier-ignore
      const expected = JSON.parse(output.toString()) as Row[];

      page = await studio.open();
      await page.setInputFiles('#files', path);
      await page.waitForSelector('.timeline[aria-busy=false]');
      const rows = JSON.parse(await save(page, 'JSON')) as Row[];
      expect(expected.length).toBeGreaterThanOrEqual(14);
      expect(rows.map(({ timestampMs }) => timestampMs)).toEqual(
        expected.map(({ timestampMs }) => timestampMs),
      );
      expect(toTimes(await save(page, 'Table (CSV)'))).toEqual(
        expected.map(({ timestampMs }) => timestampMs),
      );

      let boxes = 0;
      let probabilities = 0;
      rows.forEach(({ width, height, faces }, index) => {
        const other = expected[index]!;
        expect([width, height]).toEqual([other.width, other.height]);
        expect(faces.map(({ id, expression }) => [id, expression])).toEqual(
          other.faces.map(({ id, expression }) => [id, expression]),
        );
        faces.forEach((face, place) => {
          const { box, probabilities: wanted } = other.faces[place]!;
          for (const side of ['x', 'y', 'width', 'height'] as const)
            boxes = Math.max(boxes, Math.abs(face.box[side] - box[side]) / box.width);
          for (const [label, value] of Object.entries(face.probabilities))
            probabilities = Math.max(probabilities, Math.abs(value - (wanted[label] ?? NaN)));
        });
      });
      expect(rows.every(({ faces }) => faces.length === 1)).toBe(true);
      expect(boxes).toBeLessThan(BOX_BOUND);
      expect(probabilities).toBeLessThan(PROBABILITY_BOUND);
    });

    it('names the codec that the browser lacks, and the command that makes a file for it', async () => {
      const path = join(folder, 'old.mkv');
      await makeMovingFace(path, { seconds: 1, rate: 5, codec: ['-c:v', 'mpeg4'] });
      page = await studio.open();
      await page.setInputFiles('#files', path);
      const notice = await page.locator('.notice p').innerText();
      expect(notice).toContain('old.mkv: this browser cannot decode');
      expect(notice).toContain('Matroska');
      expect(notice).toContain("ffmpeg -i 'old.mkv' -c:v libx264 -pix_fmt yuv420p -c:a aac 'old-h264.mp4'");
    });
  },
);

function toTimes(csv: string): number[] {
  const [head = '', ...lines] = csv.trim().split('\n');
  const column = head.split(',').indexOf('timestampMs');
  return lines.map((line) => Number(line.split(',')[column]));
}
