/** The letter of a compared model: A for the one that leads. More than four are only in sessions of a camera. */
export function rankOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
