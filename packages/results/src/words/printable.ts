/** What a file is called, or says of itself, may hold anything, including what moves a terminal's cursor. */
export function toPrintable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
