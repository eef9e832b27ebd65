/**
 * A small synthetic dataset in the format of FER2013: the brightness of a picture depends on its label, with noise.
 *
 * @param counts rows of each split, in this order in the file
 */
export function makeCollection(counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).flatMap(([split, count]) =>
    Array.from({ length: count }, (_, index) => `${index % 7},${toPixels(split, index)},${split}`),
  );
  return ['emotion,pixels,Usage', ...rows, ''].join('\n');
}

function toPixels(split: string, index: number): string {
  const base = 20 + (index % 7) * 32;
  const phase = split.length + index * 3;
  return Array.from({ length: 48 * 48 }, (_, i) => base + ((i * 5 + phase * (i % 11)) % 24)).join(' ');
}
