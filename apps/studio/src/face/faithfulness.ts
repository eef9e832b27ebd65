/** What the deletion test found for the bundled models: figures of bench/faithfulness.js, by the model's id. */

interface Fall {
  readonly mean: number;
}
interface Tested {
  readonly chosen: { readonly count: number; readonly hottest: Fall; readonly random: Fall };
}

const RESULTS = import.meta.glob<Tested>('../../../../models/*/results/faithfulness.json', {
  eager: true,
  import: 'publicTest',
});

export interface ShownFaithfulness {
  readonly faces: number;
  /** Percentage points by which the probability falls when a fifth of the crop is hidden: the hottest, and a random one. */
  readonly hottest: number;
  readonly random: number;
}

export function faithfulnessOf(modelId: string): ShownFaithfulness | undefined {
  const tested = RESULTS[`../../../../models/${modelId}/results/faithfulness.json`];
  if (tested === undefined) return undefined;
  const { count, hottest, random } = tested.chosen;
  return { faces: count, hottest: Math.round(hottest.mean * 100), random: Math.round(random.mean * 100) };
}
