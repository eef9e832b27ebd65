/** How large each package may be, so that growth is a decision: about a tenth above what it measures today. */
interface Ceiling {
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

export const SIZE_CEILINGS: Readonly<Record<string, Ceiling>> = {
  '@mien/core': { packedBytes: 520_000, unpackedBytes: 1_740_000 },
  '@mien/formats': { packedBytes: 375_000, unpackedBytes: 1_430_000 },
  '@mien/results': { packedBytes: 138_000, unpackedBytes: 457_000 },
  '@mien/train': { packedBytes: 425_000, unpackedBytes: 1_540_000 },
  '@mien/node': { packedBytes: 250_000, unpackedBytes: 815_000 },
  '@mien/web': { packedBytes: 1_320_000, unpackedBytes: 5_800_000 },
  '@mien/server': { packedBytes: 1_980_000, unpackedBytes: 2_570_000 },
  '@mien/cli': { packedBytes: 160_000, unpackedBytes: 535_000 },
  '@mien/studio': { packedBytes: 11_900_000, unpackedBytes: 18_500_000 },
  '@mien/model-base': { packedBytes: 2_900_000, unpackedBytes: 3_320_000 },
  '@mien/model-nano': { packedBytes: 125_000, unpackedBytes: 150_000 },
  '@mien/model-mini-xception': { packedBytes: 77_000, unpackedBytes: 106_000 },
  '@mien/model-blazeface-short-range': { packedBytes: 220_000, unpackedBytes: 268_000 },
  '@mien/model-haar-frontalface': { packedBytes: 60_000, unpackedBytes: 86_000 },
};
