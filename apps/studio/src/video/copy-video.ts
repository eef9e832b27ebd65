/** Writes a video again as it is, with its length and an index. Nothing is decoded. */
import { ALL_FORMATS, BlobSource, Conversion, Input } from 'mediabunny';
import type { CopyTask, FromVideoWorker } from './messages.js';
import { bytesOf, createOutput } from './write-container.js';

export async function copyVideo(
  { file, container }: CopyTask,
  post: (message: FromVideoWorker, transfer?: Transferable[]) => void,
): Promise<void> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  try {
    const output = createOutput(container);
    const conversion = await Conversion.init({ input, output, tracks: 'primary', showWarnings: false });
    if (!conversion.isValid) throw new Error('the recording cannot be copied');
    await conversion.execute();
    const bytes = bytesOf(output);
    post({ kind: 'written', bytes }, [bytes]);
  } finally {
    input.dispose();
  }
}
