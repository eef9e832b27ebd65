/**
 * SHA-256 of some bytes, in lower-case hexadecimal. `undefined` if the runtime has no `crypto.subtle`, as in a page that
 * is not served over HTTPS.
 */
export async function sha256(bytes: Uint8Array): Promise<string | undefined> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (subtle === undefined) return undefined;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
