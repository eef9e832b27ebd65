/** Asks a server in ways that no browser would. */
import { request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import { request as sendSecureRequest } from 'node:https';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Unlike `fetch`, leaves path, headers and body as they are. */
export function ask(
  url: string,
  path = '/',
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { protocol, hostname, port } = new URL(url);
  const send = protocol === 'https:' ? sendSecureRequest : sendRequest;
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers, agent: false, rejectUnauthorized: false };
    send(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** The first line of what is answered to bytes that no HTTP client would send. */
export function askRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    socket.on('error', reject).on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
  });
}
