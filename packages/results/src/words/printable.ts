/** Replaces control characters: the names and texts of files may contain escape sequences for the terminal. */
export function toPrintable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
