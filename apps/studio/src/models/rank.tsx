/** The letter of a compared model, in its colour: A for the one that leads. More than four are only in sessions of a camera. */
export function Rank({ index }: { index: number }) {
  const letter = String.fromCharCode('A'.charCodeAt(0) + index);
  return <span class={`rank rank-${letter.toLowerCase()}`}>{letter}</span>;
}
