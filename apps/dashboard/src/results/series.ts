/** Which of the eight colours of charts a label has: its place in the model, as in reports and in the studio. */
export function seriesOf(index: number): string {
  return `series-${(index % 8) + 1}`;
}
