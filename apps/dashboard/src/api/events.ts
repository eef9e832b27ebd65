/** Server-sent events by fetch: an EventSource cannot send a key. Ref: HTML Standard, "Server-sent events". */
import { ask } from './ask.js';

export interface ServerEvent {
  readonly id: string;
  readonly data: string;
}

/** The events of one connection, until it ends. */
export async function* readEvents(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent, void, void> {
  const headers = {
    accept: 'text/event-stream',
    ...(lastId !== undefined && { 'last-event-id': lastId }),
  };
  const { body } = await ask(path, { headers, signal });
  if (body === null) return; // 204: nothing will happen any more.
  yield* parseEvents(body);
}

export async function* parseEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, void> {
  let [text, id, data] = ['', '', ''];
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (text + value).split(/\r?\n/);
      text = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (data !== '') yield { id, data };
          data = '';
        } else if (line.startsWith('data:')) data += line.slice(5).trimStart();
        else if (line.startsWith('id:')) id = line.slice(3).trim();
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
