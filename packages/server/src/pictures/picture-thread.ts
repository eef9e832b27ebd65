/** The worker thread of `picture-pool.ts`: an analyzer that answers one picture after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { MienError, type Analysis, type ErrorCode } from '@mien/core';
import { createAnalyzer } from '@mien/node';
import { checkPicture } from '@mien/node/pictures';

export interface PictureThreadSettings {
  readonly maxPixels: number;
}

export type FromPictureThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'analysis'; readonly analysis: Analysis }
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string };

/** What messages call the picture: its own name stays with the sender. */
const NAME = 'picture';

const { maxPixels } = workerData as PictureThreadSettings;
const say = (message: FromPictureThread): void => parentPort?.postMessage(message);

const analyzer = await createAnalyzer();

parentPort?.on('message', (bytes: Uint8Array) => {
  analyze(bytes).then(
    (analysis) => say({ kind: 'analysis', analysis }),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      say({ kind: 'error', code: error instanceof MienError ? error.code : undefined, message });
    },
  );
});
say({ kind: 'ready' });

async function analyze(bytes: Uint8Array): Promise<Analysis> {
  // The header is checked first: a small file may hold a picture of any size.
  const { width, height } = await checkPicture(NAME, bytes);
  if (width * height > maxPixels) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${NAME}: ${width}×${height} pixels, the limit of this service is ${maxPixels / 1e6} megapixels; make it smaller`,
    );
  }
  return analyzer.analyze(bytes);
}
