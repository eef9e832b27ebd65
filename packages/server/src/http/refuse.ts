/**
 * Refusals on the bare connection, where there is no response to write to: what is no HTTP, and upgrades that are refused.
 * Node would answer a status without a word, and nobody would see it in the log.
 */
import { STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AppContext } from './app-context.js';
import { MAX_HEADER_BYTES } from './limits.js';
import { Problem, toBody } from './problem.js';

const LINGER_MS = 2000;

/** Sends the problem and ends the connection. */
export function refuse(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(toBody(problem));
  const headers = {
    ...problem.headers,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { status } = problem;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`);
  // What the client still sends is thrown away: cut off at once, it might not see the answer.
  socket.on('error', () => undefined).resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Answers what Node's parser refuses. */
export function refuseMalformed(server: Server, { onRequest }: Pick<AppContext, 'onRequest'>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const { _httpMessage: response } = socket as { _httpMessage?: { headersSent: boolean } };
    // An answer that is under way cannot become another one.
    if (!socket.writable || error.code === 'ECONNRESET' || response?.headersSent === true) {
      socket.destroy();
      return;
    }
    const problem = toRefusal(error.code);
    refuse(socket, problem);
    onRequest({ method: 'unknown', route: 'unknown', status: problem.status, ms: 0, code: problem.code });
  });
}

function toRefusal(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(431, 'HEADERS_TOO_LARGE', `the headers are larger than ${MAX_HEADER_BYTES} bytes`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem(413, 'BODY_TOO_LARGE', 'the extensions of a chunk are too large; send none');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(408, 'HEADERS_TOO_SLOW', 'the headers did not come in time; send them at once');
    default:
      return malformed();
  }
}

/** A request that is no HTTP, or whose address or `Host` is none. */
export function malformed(): Problem {
  return new Problem(
    400,
    'REQUEST_INVALID',
    'this is no HTTP/1.1 request with a valid address, Host and length',
  );
}
