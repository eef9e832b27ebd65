/** How a network is taught: the part of the address that belongs to the mode Teach. */
export const TRAINABLE = ['lastLayer', 'all'] as const;
export type Trainable = (typeof TRAINABLE)[number];
/** In place of a model: a new network with random weights. */
export const SCRATCH = 'scratch';

export interface TeachSettings {
  /** Id of the model to start from, or {@link SCRATCH}. */
  readonly start: string;
  readonly trainable: Trainable;
  readonly epochs: number;
  readonly learningRate: number;
  readonly augments: boolean;
  /** Share of the pictures that is not trained on, 0.05…0.5. */
  readonly heldOut: number;
  readonly seed: number;
}

export const TEACH_DEFAULTS: TeachSettings = {
  start: 'nano',
  trainable: 'lastLayer',
  epochs: 30,
  learningRate: 0.002,
  augments: true,
  heldOut: 0.2,
  seed: 1,
};

/** Table 1 of the paper, as the preset `paper` of @mien/train has it. */
export const PAPER_SETTINGS: Partial<TeachSettings> = {
  start: SCRATCH,
  epochs: 50,
  learningRate: 0.001,
  augments: true,
  heldOut: 0.2,
};

/** What a number may be; the field in the window says the same. */
export const LIMITS = {
  epochs: [1, 10_000],
  learningRate: [0.000_01, 1],
  heldOut: [0.05, 0.5],
  seed: [0, 1_000_000],
} as const satisfies Partial<Record<keyof TeachSettings, readonly [number, number]>>;

export function readTeach(query: URLSearchParams): TeachSettings {
  const number = (name: keyof typeof LIMITS): number => {
    const value = Number(query.get(name) ?? NaN);
    const [low, high] = LIMITS[name];
    return value >= low && value <= high ? value : TEACH_DEFAULTS[name];
  };
  return {
    start: query.get('start') ?? TEACH_DEFAULTS.start,
    trainable: TRAINABLE.find((one) => one === query.get('layers')) ?? TEACH_DEFAULTS.trainable,
    epochs: Math.round(number('epochs')),
    learningRate: number('learningRate'),
    augments: query.get('augment') !== '0',
    heldOut: number('heldOut'),
    seed: Math.round(number('seed')),
  };
}

/** Leaves the defaults out. */
export function writeTeach(query: URLSearchParams, settings: TeachSettings): void {
  if (settings.start !== TEACH_DEFAULTS.start) query.set('start', settings.start);
  if (settings.trainable !== TEACH_DEFAULTS.trainable) query.set('layers', settings.trainable);
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[])
    if (settings[name] !== TEACH_DEFAULTS[name]) query.set(name, String(settings[name]));
  if (!settings.augments) query.set('augment', '0');
}
