// Tables of accuracies for scripts/write-numbers.js.
// @ts-check
import { percent } from './digits.js';

/** The shipped networks side by side, from their manifests. @param {readonly any[]} manifests */
export function networksTable(manifests) {
  const toRow = (/** @type {any} */ { id, cost, metrics }) => {
    const on = metrics['FER2013 PublicTest'];
    const { low, high } = on.accuracyInterval;
    return [
      `[${id}](models/${id}/MODEL_CARD.md)`,
      cost.parameters.toLocaleString('en-GB'),
      `${percent(on.accuracy)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`,
      percent(on.withoutDuplicates.accuracy),
      on.macroF1.toFixed(3),
      (on.calibratedEce ?? on.ece).toFixed(3),
      percent(metrics['posed faces'].accuracy),
      percent(on.meanOfTenCorruptions),
    ];
  };
  const head = [
    'network',
    'parameters',
    'FER2013 PublicTest (95 %)',
    'without pictures that Training repeats',
    'macro F1',
    'ECE',
    'posed faces',
    'worse pictures',
  ];
  const rows = [head, head.map(() => '---'), ...manifests.map(toRow)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What the numbers of each kind of corruption are. @type {Record<string, string>} */
const CORRUPTION_UNITS = {
  darkness: 'factor',
  brightness: 'factor',
  contrast: 'part of the distance from the mean that is kept',
  noise: 'standard deviation in greys of 256',
  blur: 'standard deviation in pixels of 48',
  'low-resolution': 'pixels a side, of 48',
  'side-light': 'darkest side: 1 − this; lightest: 1 + this',
  occlusion: 'size of the occluder',
  rotation: 'degrees',
  shift: 'part of the side, in both directions',
  jpeg: 'quality',
};

/** Strengths, and what they do to the published checkpoint. @param {any} result */
export function corruptionTable({ levels, byKind, accuracy }) {
  const strengths = ['weak', 'middle', 'strong'];
  return [
    '| kind | weak | middle | strong | what the number is | weak | middle | strong |',
    '|---|---|---|---|---|---|---|---|',
    `| as they are | | | | | ${accuracy.toFixed(3)} | | |`,
    ...Object.entries(levels).map(([kind, level]) => {
      const cells = strengths.map((strength) => byKind[kind][strength].toFixed(3));
      return `| ${kind} | ${strengths.map((strength) => level[strength]).join(' | ')} | ${CORRUPTION_UNITS[kind]} | ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

/** Every model on every collection that bench/accuracy has measured. @param {any} results */
export function othersTable(results) {
  const collections = Object.entries(results);
  const names = [...new Set(collections.flatMap(([, { models }]) => Object.keys(models)))];
  const heads = collections.flatMap(([name, { models }]) => [
    `${name}: accuracy`,
    '95 %',
    ...(Object.values(models).some((it) => it.withoutDuplicates) ? ['without duplicates'] : []),
  ]);
  const cells = (/** @type {string} */ name) =>
    collections.flatMap(([, { models }]) => {
      const hasDuplicates = Object.values(models).some((it) => it.withoutDuplicates);
      const it = models[name];
      if (it === undefined) return hasDuplicates ? ['–', '–', '–'] : ['–', '–'];
      const { low, high } = it.accuracyInterval;
      return [
        percent(it.accuracy),
        `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`,
        ...(hasDuplicates ? [percent(it.withoutDuplicates.accuracy)] : []),
      ];
    });
  return [
    `| network | ${heads.join(' | ')} |`,
    `|---|${heads.map(() => '---|').join('')}`,
    ...names.map((name) => `| ${name} | ${cells(name).join(' | ')} |`),
  ].join('\n');
}
