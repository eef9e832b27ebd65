/** A copy of the embedded database and its files, for those who may see the jobs of all. */
import { Readable } from 'node:stream';
import { addRoute, type App, type AppContext } from '../app-context.js';
import { requireScope } from '../guard.js';
import { BINARY, problems } from '../schemas.js';

export function addBackupRoute(app: App, { jobsOf }: AppContext): void {
  addRoute(
    app,
    {
      method: 'get',
      path: '/v1/backup',
      summary: 'The embedded database and its files as one archive',
      description: 'A .tar.gz; unpacked into an empty folder, it is a folder for mien serve --data.',
      responses: {
        200: { description: 'the archive', content: { 'application/gzip': { schema: BINARY } } },
        ...problems(400, 401, 403, 507),
      },
    },
    async (context) => {
      const caller = context.get('caller');
      requireScope(caller, 'admin');
      const archive = await jobsOf(caller).backUp();
      return context.body(Readable.toWeb(archive) as ReadableStream, 200, {
        'content-type': 'application/gzip',
        'content-disposition': 'attachment; filename="mien-backup.tar.gz"',
      });
    },
  );
}
