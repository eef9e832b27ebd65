/** A name from a file as it may be printed: on one line, without the control characters that steer terminals. */
export function printable(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
}
