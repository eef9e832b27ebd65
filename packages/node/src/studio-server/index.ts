/** The studio, served to browsers. `@mien/node/studio`. */
export { META_POLICY, STUDIO_HEADERS } from './headers.js';
export { openBrowser } from './open-browser.js';
export {
  DEFAULT_HOST,
  DEFAULT_PORT,
  isLoopback,
  startStudioServer,
  type StudioServer,
  type StudioServerOptions,
} from './start-studio-server.js';
export { readStaticFiles, type SentFile, type StaticFiles } from './static-files.js';
