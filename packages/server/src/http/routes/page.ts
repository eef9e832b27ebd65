/** The dashboard, and the studio. Both are files; neither needs a key: they hold nothing of anyone. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readStaticFiles, STUDIO_HEADERS, type StaticFiles } from '@mien/node/studio';
import type { Context } from 'hono';
import type { App, AppContext, Environment } from '../app-context.js';
import { Problem } from '../problem.js';

const STUDIO = '/studio';
/** Tells the studio that a service serves it, and where that is from its own address: it then offers to send files there. */
const SERVICE_TAG = '<meta name="mien-service" content="../">';

export async function addPages(app: App, { studio }: AppContext): Promise<void> {
  const page = await readStaticFiles(fileURLToPath(new URL('./page', import.meta.url)));
  const send = async (context: Context<Environment>, files: StaticFiles, path: string): Promise<Response> => {
    const file = await files.find(path, context.req.header('accept-encoding'));
    if (file === undefined) throw new Problem(404, 'NOT_FOUND', 'there is no such page');
    const headers = { ...STUDIO_HEADERS, ...file.headers };
    const known = context.req
      .header('if-none-match')
      ?.split(',')
      .map((tag) => tag.trim().replace(/^W\//, ''));
    if (known?.includes(file.headers['etag'] ?? '') === true)
      return new Response(null, { status: 304, headers });
    return new Response(context.req.method === 'HEAD' ? null : new Uint8Array(file.body), { headers });
  };
  for (const path of ['/', '/icon.svg', '/THIRD_PARTY_NOTICES.md', '/assets/*']) {
    app.get(path, (context) => {
      context.set('route', path);
      return send(context, page, decode(context.req.path));
    });
  }
  if (studio === undefined) return;
  app.get(STUDIO, (context) => context.redirect(`${STUDIO}/`));
  const named = nameService(studio);
  app.get(`${STUDIO}/*`, (context) => {
    context.set('route', `${STUDIO}/*`);
    return send(context, named, decode(context.req.path.slice(STUDIO.length)));
  });
}

/** @throws Problem 404 for what is no text in percent signs */
function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Problem(404, 'NOT_FOUND', 'there is no such page');
  }
}

/** The studio's files, with the service's tag in its page. */
function nameService(studio: StaticFiles): StaticFiles {
  return {
    async find(path, acceptEncoding) {
      const isPage = path === '/' || path === '/index.html';
      const file = await studio.find(path, isPage ? undefined : acceptEncoding);
      if (file === undefined || !isPage) return file;
      const body = Buffer.from(file.body.toString().replace('</head>', `${SERVICE_TAG}</head>`));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return { body, headers: { ...file.headers, etag, 'content-length': String(body.length) } };
    },
  };
}
