import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planAnnotations } from './plan-annotations.js';

it('names the copy of a stream without its password', async () => {
  const [folder, stream] = [tmpdir(), 'rtsp://admin:s3cret@cam.local/1'];
  expect([...(await planAnnotations([stream], folder)).values()]).toEqual([
    join(folder, 'rtsp-cam.local-1-annotated.png'),
  ]);
});
