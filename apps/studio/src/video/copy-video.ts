/** Writes a video again as it is, with its length and an index. Nothing is decoded. */
import {
  ALL_FORMATS,
  BlobSource,
  BufferTarget,
  Conversion,
  Input,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';
import type { CopyTask, FromVideoWorker } from './messages.js';

export async function copyVideo(
  { file, container }: CopyTask,
  post: (message: FromVideoWorker, transfer?: Transferable[]) => void,
): Promise<void> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  try {
    const target = new BufferTarget();
    const output = new Output({
      format: container === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat(),
      target,
    });
    const conversion = await Conversion.init({ input, output, tracks: 'primary', showWarnings: false });
    if (!conversion.isValid) throw new Error('the recording cannot be copied');
    await conversion.execute();
    const bytes = target.buffer;
    if (bytes === null) throw new Error('nothing was written');
    post({ kind: 'written', bytes }, [bytes]);
  } finally {
    input.dispose();
  }
}
