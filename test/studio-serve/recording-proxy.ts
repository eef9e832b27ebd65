/** A proxy that everything which a browser asks for goes through, so that no request is overlooked. */
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  /** `http://127.0.0.1:1234`; of a tunnel for https its target. */
  readonly origin: string;
  readonly path: string;
  /** Of the body, as it was transferred. */
  sizeBytes: number;
}

export interface RecordingProxy {
  readonly requests: RecordedRequest[];
  /** Chromium's: even requests to this machine go through the proxy. */
  readonly flags: readonly string[];
  close(): void;
}

export async function startRecordingProxy(): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    const { origin, pathname } = new URL(request.url ?? '');
    const recorded: RecordedRequest = { origin, path: pathname, sizeBytes: 0 };
    requests.push(recorded);
    const forwarded = sendRequest(request.url ?? '', { method: request.method, headers: request.headers });
    forwarded.on('error', () => response.destroy());
    forwarded.on('response', (answer) => {
      answer.on('data', ({ length }: Buffer) => (recorded.sizeBytes += length));
      answer.on('error', () => response.destroy());
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  server.on('connect', ({ url = '' }, socket) => {
    requests.push({ origin: url, path: '', sizeBytes: 0 });
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    flags: [`--proxy-server=http://127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>'],
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
