/** A number and its noun: `1 epoch`, `2 epochs`. Only for nouns whose plural adds an s. */
export function toCounted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
