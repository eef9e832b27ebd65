/** Serves the studio to browsers: on this machine, or, where that is asked for, to others of its network. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { MienError } from '@mien/core';
import { answerRequest, type Answering } from './answer-request.js';
import { readStaticFiles } from './static-files.js';
import { openTrainingRuns } from './training-runs.js';

export const DEFAULT_PORT = 7341;
export const DEFAULT_HOST = '127.0.0.1';
const MAX_HEADER_BYTES = 8192;

export interface StudioServerOptions {
  /** The built studio: a folder with an index.html. */
  readonly folder: string;
  /** Checkpoints to offer: the folder of one training run, or of several. */
  readonly runsFolder?: string | undefined;
  /** Name or address to listen at; default {@link DEFAULT_HOST}. */
  readonly host?: string | undefined;
  /** 0 is any free one; default {@link DEFAULT_PORT}, or any free one where that is in use. */
  readonly port?: number | undefined;
  /** Certificate and private key in PEM format, for https. */
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array } | undefined;
  /** Receives what goes wrong while it serves, such as a checkpoint that cannot be read. */
  readonly onProblem?: ((error: Error) => void) | undefined;
}

export interface StudioServer {
  /** For a browser on this machine where that is possible, such as `http://127.0.0.1:7341/`. */
  readonly url: string;
  /** Ends it, open connections too, and frees the port. */
  close(): Promise<void>;
}

/**
 * @throws MienError `USAGE` for a port that is in use, a host that is not of this machine, a certificate that cannot be
 *   used; `NOT_FOUND` where the studio is not built; `INPUT_UNREADABLE` for a `runsFolder` that cannot be read
 */
export async function startStudioServer(options: StudioServerOptions): Promise<StudioServer> {
  const { folder, runsFolder, host = DEFAULT_HOST, port, tls, onProblem = () => undefined } = options;
  const answering: Answering = {
    files: await readStaticFiles(folder),
    runs: runsFolder === undefined ? undefined : await openTrainingRuns(runsFolder, onProblem),
    isLoopback: isLoopback(host),
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    answerRequest(answering, request, response).catch((error: unknown) => {
      onProblem(error instanceof Error ? error : new Error(String(error)));
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(500, { 'content-type': 'text/plain' })
          .end('the server failed; see its terminal\n');
    });
  };
  const server = createListener(onRequest, tls);
  const listen = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host, port: wanted }, () => {
        server.off('error', reject).on('error', onProblem);
        resolve();
      });
    });
  try {
    await listen(port ?? DEFAULT_PORT).catch((error: unknown) => {
      if (port !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      return listen(0);
    });
  } catch (cause) {
    throw toListenError(cause as NodeJS.ErrnoException, host, port ?? DEFAULT_PORT);
  }
  const address = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${toShownHost(host)}:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

function createListener(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
  tls: StudioServerOptions['tls'],
) {
  const limits = { maxHeaderSize: MAX_HEADER_BYTES };
  if (tls === undefined) return createServer(limits, onRequest);
  const { cert, key } = tls;
  try {
    return createSecureServer({ ...limits, cert: Buffer.from(cert), key: Buffer.from(key) }, onRequest);
  } catch (cause) {
    const { message } = cause as Error;
    throw new MienError('USAGE', `cert: is no certificate with its key in PEM format (${message})`, { cause }); // prettier-ignore
  }
}

/** Every address of the machine (`0.0.0.0`, `::`) is none that a browser can open. */
function toShownHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host;
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  return outer?.address ?? DEFAULT_HOST;
}

function toListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port}: is in use; choose another one, or 0 for any that is free`,
    EACCES: `port ${port}: may not be used by this user; choose one above 1023`,
    EADDRNOTAVAIL: `host ${host}: is no address of this machine`,
    ENOTFOUND: `host ${host}: is no address of this machine`,
    EAI_AGAIN: `host ${host}: is no address of this machine`,
  };
  const message = reasons[error.code ?? ''];
  return message === undefined ? error : new MienError('USAGE', message, { cause: error });
}
