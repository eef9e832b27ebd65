/** An onnxruntime session in a worker thread, which answers one batch after another. */
import { once } from 'node:events';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { MienError } from '@mien/core';
import type { OnnxBatchOptions } from '@mien/formats';
import type { Runtime } from './find-runtime.js';
import { WORD, type Answer, type WorkerData } from './session-messages.js';

export interface SessionOptions extends OnnxBatchOptions {
  readonly runtime: Runtime;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
}

export interface Session {
  readonly worker: Worker;
  /** Takes batches, gives {@link Answer}s. Neither port nor worker keeps the process alive. */
  readonly port: MessagePort;
  /** Shared with the worker: see {@link WORD}. */
  readonly state: Int32Array;
  /**
   * Waits for the next answer; the process stays alive until then.
   *
   * @throws MienError `WORKER_FAILED` if the worker has ended
   */
  readonly receive: () => Promise<Answer>;
  /** @throws MienError `UNSUPPORTED` for an answer that is an error */
  readonly toOutput: (answer: Answer) => Float32Array;
  /** The error for a worker that has ended. */
  readonly toEndError: () => MienError;
}

/**
 * @throws MienError `UNSUPPORTED` if onnxruntime cannot run the model either, `WORKER_FAILED` if it ends its thread
 */
export async function startSession({ runtime, bytes, source }: SessionOptions): Promise<Session> {
  const state = new Int32Array(
    new SharedArrayBuffer(Object.keys(WORD).length * Int32Array.BYTES_PER_ELEMENT),
  );
  const { port1: port, port2: workerPort } = new MessageChannel();
  const data: WorkerData = { task: { runtimePath: runtime.path, bytes, state }, port: workerPort };
  const worker = new Worker(new URL('./onnx-runtime-worker.js', import.meta.url), {
    workerData: data,
    transferList: [workerPort],
    execArgv: [], // Not those of this program: a worker refuses `--input-type`.
  });
  const toEndError = (reason = 'unexpectedly', cause?: unknown) =>
    new MienError('WORKER_FAILED', `${source}: the thread of ${runtime.name} ended (${reason}); try again`, { cause }); // prettier-ignore
  // Aborted once, by what comes first: an error comes before the exit that it leads to.
  const end = new AbortController();
  worker.on('error', (cause: unknown) => {
    end.abort(toEndError(String(cause), cause));
  });
  worker.on('exit', (code) => {
    end.abort(toEndError(`exit code ${code}`));
  });
  const receive = async (): Promise<Answer> => {
    end.signal.throwIfAborted();
    worker.ref();
    try {
      const [answer] = (await once(port, 'message', { signal: end.signal })) as [Answer];
      return answer;
    } catch (error) {
      end.signal.throwIfAborted();
      throw error;
    } finally {
      worker.unref();
      port.unref();
    }
  };
  const toOutput = (answer: Answer): Float32Array => {
    if (!('error' in answer)) return answer.output;
    throw new MienError('UNSUPPORTED', `${source}: ${runtime.name} cannot run it: ${answer.error}`);
  };
  try {
    toOutput(await receive());
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return { worker, port, state, receive, toOutput, toEndError };
}
