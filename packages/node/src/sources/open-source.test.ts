/** An abort while a source is being opened. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bars, ffmpeg, HAS_FFMPEG, PORTRAIT } from '../testing/make-video.js';
import { openSource } from './open-source.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-open-'));
  if (HAS_FFMPEG) await ffmpeg(...bars('320x240', 25, 8), join(folder, 'bars.mp4'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.skipIf(!HAS_FFMPEG)(
  'ends a video file at an abort, at whatever step (skipped without ffmpeg)',
  async () => {
    // Each round is aborted later: while the file, ffprobe and ffmpeg are started, and at last while frames come.
    for (let afterMs = 0, before = 0; before === 0; afterMs = afterMs * 2 + 1) {
      const stop = new AbortController();
      const timer = setTimeout(() => {
        stop.abort();
      }, afterMs);
      let after = 0;
      const { frames } = await openSource(join(folder, 'bars.mp4'), { signal: stop.signal });
      for await (const { frame } of frames) {
        expect(frame.width).toBe(320);
        if (stop.signal.aborted) after++;
        else if (++before === 5) stop.abort();
      }
      clearTimeout(timer);
      expect({ afterMs, isAborted: stop.signal.aborted, after }).toEqual({
        afterMs,
        isAborted: true,
        after: 0,
      });
    }
  },
);

it('gives up an address that does not answer at an abort, and does not ask ffmpeg', async () => {
  const stop = new AbortController();
  let requests = 0;
  const server = createServer(() => {
    requests++;
    stop.abort();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
    const { frames } = await openSource(url, { signal: stop.signal });
    for await (const frame of frames) expect.fail(`a frame at ${String(frame.timestampMs)}`);
    expect(requests).toBe(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

it('has no frames of a picture when its signal was aborted before', async () => {
  const { frames } = await openSource(PORTRAIT, { signal: AbortSignal.abort() });
  for await (const frame of frames) expect.fail(`a frame of ${frame.frame.width} pixels`);
});
