/** A number with what is counted: `1 epoch`, `2 epochs`. Of words whose plural is an s. */
export function toCounted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
