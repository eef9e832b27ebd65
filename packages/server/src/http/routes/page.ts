/** The dashboard, and the studio. Both are files; neither needs a key: they hold nothing of anyone. */
import { fileURLToPath } from 'node:url';
import { readStaticFiles, STUDIO_HEADERS, type StaticFiles } from '@mien/node/studio';
import type { Context } from 'hono';
import type { App, AppContext, Environment } from '../app-context.js';
import { Problem } from '../problem.js';

const STUDIO = '/studio';

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
      return send(context, page, decodeURIComponent(context.req.path));
    });
  }
  if (studio === undefined) return;
  app.get(STUDIO, (context) => context.redirect(`${STUDIO}/`));
  app.get(`${STUDIO}/*`, (context) => {
    context.set('route', `${STUDIO}/*`);
    return send(context, studio, decodeURIComponent(context.req.path.slice(STUDIO.length)));
  });
}
