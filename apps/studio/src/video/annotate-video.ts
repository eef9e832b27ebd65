/** Writes a video again, with marks and veils on every frame, and with its sound. */
import { ALL_FORMATS, BlobSource, Conversion, Input } from 'mediabunny';
import { paintMarks, paintVeils } from '../scene/paint-marks.js';
import { veilsAt } from '../scene/veils.js';
import { marksAt, scaleBox } from './marks-at.js';
import type { AnnotateTask, FromVideoWorker } from './messages.js';
import { bytesOf, createOutput } from './write-container.js';

export async function annotateVideo(
  { file, container, picture, moments, hidden, fontFamily }: AnnotateTask,
  post: (message: FromVideoWorker, transfer?: Transferable[]) => void,
): Promise<void> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) throw new Error('the file holds no pictures');
    const start = Math.max(0, await input.getFirstTimestamp());
    // Encoders take even sides only.
    const width = Math.max(2, (await track.getDisplayWidth()) & ~1);
    const height = Math.max(2, (await track.getDisplayHeight()) & ~1);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser has no canvas in workers');
    const scale = { x: width / picture.width, y: height / picture.height };
    const output = createOutput(container);
    const conversion = await Conversion.init({
      input,
      output,
      tracks: 'primary',
      trim: { start },
      showWarnings: false,
      video: {
        forceTranscode: true,
        allowTransformationMetadata: false,
        processedWidth: width,
        processedHeight: height,
        // Times are from the start here; the conversion closes the sample that it gives.
        process: (sample) => {
          const timeMs = sample.timestamp * 1000;
          sample.draw(context, 0, 0, width, height);
          paintVeils(
            context,
            veilsAt(hidden, timeMs).map((box) => scaleBox(box, scale)),
          );
          const marks = marksAt(moments, timeMs).map((mark) => ({ ...mark, box: scaleBox(mark.box, scale) }));
          paintMarks(context, marks, fontFamily);
          return canvas;
        },
      },
    });
    const lost = conversion.discardedTracks.find(({ track: { type } }) => type === 'audio');
    const isWithout = conversion.discardedTracks.some((one) => one.track.type === 'video');
    if (isWithout || !conversion.isValid) throw new Error('this browser cannot encode the video');
    conversion.onProgress = (part) => post({ kind: 'progress', part });
    await conversion.execute();
    const bytes = bytesOf(output);
    post({ kind: 'written', bytes, ...(lost && { lostSound: lost.reason }) }, [bytes]);
  } finally {
    input.dispose();
  }
}
