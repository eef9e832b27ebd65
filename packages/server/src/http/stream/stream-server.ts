/** WebSocket `/v1/stream`: who may open one, and how many. What passes over it: `stream-connection.ts`. */
import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Caller } from '../../keys/key-file.js';
import type { AppContext } from '../app-context.js';
import { checkQuery } from '../check-query.js';
import { identify, identifyKey, requireOwnSite, requireSame, requireScope } from '../guard.js';
import { Problem, toProblem } from '../problem.js';
import { refuse } from '../refuse.js';
import { runStream } from './stream-connection.js';

export interface StreamServer {
  readonly open: number;
  /** Tells all streams that the service ends, and waits until they have left. */
  close(): Promise<void>;
}

export const STREAM_PATH = '/v1/stream';
const FULL_RETRY_S = 5;
/** A client that does not answer a close is cut off. */
const CLOSE_MS = 2000;

/** Answers the upgrade requests of a server. */
export function serveStreams(server: Server, shared: AppContext): StreamServer {
  const { access, limits, pictures, models, metrics, onRequest, onProblem } = shared;
  const streams = new Map<WebSocket, (problem: Problem) => void>();
  /** Upgrades whose keys are being looked up: they count as open. */
  let opening = 0;
  let isClosing = false;
  const upgrader = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytes,
    // Pictures are compressed already, and a compressed message may unpack to any size.
    perMessageDeflate: false,
    clientTracking: false,
  });

  const log = (status: number, startMs: number, caller: Caller | undefined, code?: string) => {
    const ms = performance.now() - startMs;
    if (status !== 101) metrics.onRequest('GET', STREAM_PATH, status, ms / 1000);
    onRequest({ method: 'GET', route: STREAM_PATH, status, ms: Math.round(ms), owner: caller?.owner, code });
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const startMs = performance.now();
    const headers = toHeaders(request);
    requireOwnSite(headers, access);
    const address = toAddress(request);
    if (address?.pathname !== STREAM_PATH) {
      throw new Problem(
        404,
        'NOT_FOUND',
        `there is no WebSocket at this address; streams are at ${STREAM_PATH}`,
      );
    }
    checkQuery(address.searchParams, ['model']);
    const name = address.searchParams.get('model');
    if (streams.size + opening >= limits.streams) {
      throw new Problem(429, 'TOO_MANY_STREAMS', `the service has ${limits.streams} streams open, its limit; try again later`, { 'retry-after': String(FULL_RETRY_S) }); // prettier-ignore
    }
    opening++;
    let caller: Caller | undefined;
    try {
      caller = await identify(headers, access).catch((error: unknown) => {
        if (headers.has('authorization')) throw error;
        return undefined; // The key may come as the first message.
      });
      if (caller !== undefined) requireScope(caller, 'analyze');
    } finally {
      opening--;
    }
    // Asked here: one that began while its key was looked up would be told nothing, and the service would wait for it.
    if (isClosing) throw new Problem(503, 'NOT_READY', 'the service is shutting down');
    upgrader.handleUpgrade(request, socket, head, (stream) => {
      let code: string | undefined;
      let identifyAgain = () => identify(headers, access);
      const { end } = runStream(stream, {
        isKnown: caller !== undefined,
        identify: async (key) => {
          caller = await identifyKey(key, access);
          requireScope(caller, 'analyze');
          identifyAgain = () => identifyKey(key, access);
        },
        mayGoOn: async () => {
          if (caller !== undefined) requireSame(caller, await identifyAgain());
        },
        open: async () => pictures.openStream(name === null ? undefined : await models.resolve(name)),
        limits,
        onFrame: (outcome) => metrics.onFrame(outcome),
        onProblem,
      });
      streams.set(stream, end);
      stream.on('error', (error: Error & { code?: string }) => (code = error.code));
      stream.on('close', (closed) => {
        streams.delete(stream);
        log(101, startMs, caller, code ?? (closed >= 4000 ? String(closed) : undefined));
      });
    });
  };
  // A handshake that is none: ws found it, and leaves the answer to us.
  upgrader.on('wsClientError', (error: Error, socket: Duplex) => {
    const problem = new Problem(400, 'HANDSHAKE_INVALID', `WebSocket: ${error.message}`, {
      'sec-websocket-version': '13',
    });
    refuse(socket, problem);
    log(problem.status, performance.now(), undefined, problem.code);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const startMs = performance.now();
    socket.on('error', () => socket.destroy());
    if (!/^websocket$/i.test(request.headers.upgrade ?? '') && isRead(request) && socket instanceof Socket) {
      answerPlainly(server, request, socket);
      return;
    }
    upgrade(request, socket, head).catch((error: unknown) => {
      const problem =
        toProblem(error) ?? new Problem(500, 'INTERNAL', 'the service failed; its log says more');
      if (problem.status === 500) onProblem(error instanceof Error ? error : new Error(String(error)));
      refuse(socket, problem);
      log(problem.status, startMs, undefined, problem.code);
    });
  });

  return {
    get open() {
      return streams.size + opening;
    },
    async close() {
      isClosing = true;
      const closed = [...streams.keys()].map(
        (stream) => new Promise((resolve) => stream.once('close', resolve)),
      );
      for (const end of streams.values()) end(new Problem(503, 'NOT_READY', 'the service is shutting down'));
      const timer = setTimeout(() => {
        for (const stream of streams.keys()) stream.terminate();
      }, CLOSE_MS);
      await Promise.all(closed);
      clearTimeout(timer);
    },
  };
}

/** Whether it has no body, which would come as something else than HTTP. */
function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Clients that offer another protocol, such as curl with HTTP/2, are answered over the one that they use. */
function answerPlainly(server: Server, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // Nobody reads from it any more: one that the client leaves open would never close.
  response.on('finish', () => socket.destroySoon());
  server.emit('request', request, response);
}

/** `undefined` for a target that is no address, such as `//`. */
function toAddress({ url = '/' }: IncomingMessage): URL | undefined {
  const base = 'http://localhost';
  return URL.canParse(url, base) ? new URL(url, base) : undefined;
}

function toHeaders({ headers }: IncomingMessage): Headers {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  );
  return new Headers(entries);
}
