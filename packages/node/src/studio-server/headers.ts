/**
 * The headers of the studio: nothing may be loaded from elsewhere, or sent there. The server sends them, and the build
 * of apps/studio writes them into its service worker, its page and a `_headers` file for static hosts.
 */

/** What the page and its workers may load. Everything that is not listed is refused. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self'",
  // Pictures, videos and the camera's recordings are shown from memory.
  'img-src': "'self' blob:",
  'media-src': "'self' blob:",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
};

/** For `<meta http-equiv>`, where browsers ignore `frame-ancestors` and warn about it. */
export const META_POLICY = toPolicy(DIRECTIVES);

export const STUDIO_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': toPolicy({ ...DIRECTIVES, 'frame-ancestors': "'none'" }),
  // Both let the page share memory with its workers.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), hid=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

function toPolicy(directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}
