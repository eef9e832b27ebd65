/** What `mien data check` found, for people, for programs, and as rows of a table. */
import { type TextLayout, toCounted, toCsvLine, toPrintable } from '@mien/results';
import { NEAR_DISTANCE, sourceOf, type Dataset, type DatasetCheck, type DuplicateGroup } from '@mien/train';
import { toColumns } from '../terminal/print-columns.js';

/** A collection as it was read and checked. */
export interface CheckedDataset {
  /** The path as it was given. */
  readonly data: string;
  readonly dataset: Dataset;
  readonly check: DatasetCheck;
  /** Pictures of each size as stored, `width×height`; empty where all are what the dataset says. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly leftOut: readonly { readonly source: string; readonly reason: string }[];
  readonly unreadable: readonly { readonly source: string; readonly message: string }[];
}

const MAX_EXAMPLES = 5;
const MAX_SIZES = 3;

export function toReport(checked: CheckedDataset, terminal: TextLayout): string {
  const { data, check, unreadable } = checked;
  const { count, width, height, labelNames, imbalance } = check;
  const name = terminal.style('bold', toPrintable(data));
  const lines = [
    `${name}  ${toCounted(count, 'picture')} of ${width}×${height}, ${toCounted(labelNames.length, 'label')}`,
    '',
    toCountTable(check),
    `largest class    ${Number.isFinite(imbalance) ? `${imbalance.toFixed(1)} times the smallest` : 'the smallest one is empty'}, in ${check.splits[0]?.split ?? ''}`,
    ...toSizeLine(checked),
    ...toDuplicateLines('exact', 'pixel by pixel', checked, terminal),
    ...toDuplicateLines('near', `at most ${NEAR_DISTANCE} of 128 bits of dHash differ`, checked, terminal),
    `blank            ${toList(check.blank.map((row) => sourceOf(checked.dataset, row)))}`,
    ...summarizeLeftOut(checked.leftOut).map((line) => `left out         ${line}`),
    `unreadable       ${toList(unreadable.map(({ source }) => source))}`,
    '',
  ];
  return lines.join('\n');
}

function toCountTable({ labelNames, splits }: DatasetCheck): string {
  const anyLeftOut = splits.some(({ leftOut }) => leftOut > 0);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const rows = [
    ...splits,
    {
      split: 'all',
      counts: labelNames.map((_, label) => sum(splits.map(({ counts }) => counts[label] ?? 0))),
      leftOut: sum(splits.map(({ leftOut }) => leftOut)),
    },
  ];
  const counted = [...labelNames, 'total', ...(anyLeftOut ? ['left out'] : [])];
  return toColumns(
    [{ head: 'split' }, ...counted.map((name) => ({ head: toPrintable(name), align: 'right' as const }))],
    rows.map(({ split, counts, leftOut }) => [
      toPrintable(split),
      ...[...counts, sum(counts), ...(anyLeftOut ? [leftOut] : [])].map(String),
    ]),
  );
}

function toSizeLine({ sizes }: CheckedDataset): string[] {
  if (sizes.size === 0) return [];
  const ordered = [...sizes].sort(([, a], [, b]) => b - a);
  const more = ordered.length > MAX_SIZES ? ` and ${ordered.length - MAX_SIZES} other sizes` : '';
  const list = ordered.slice(0, MAX_SIZES).map(([size, count]) => `${count} of ${size}`);
  return [`stored as        ${list.join(', ')}${more}`];
}

function toDuplicateLines(
  kind: DuplicateGroup['kind'],
  meaning: string,
  { dataset, check }: CheckedDataset,
  terminal: TextLayout,
): string[] {
  const groups = check.duplicates.filter((group) => group.kind === kind);
  const pictures = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const head = `${kind} repeats`.padEnd(17);
  if (groups.length === 0) return [`${head}none (${meaning})`];
  const across = groups.filter(({ acrossSplits }) => acrossSplits).length;
  const blank = new Set(check.blank);
  const differing = groups.filter(({ labelsDiffer, rows }) => labelsDiffer && !blank.has(rows[0] ?? -1));
  const lines = [
    `${head}${pictures} pictures in ${toCounted(groups.length, 'group')}, ${across} across splits (${meaning})`,
  ];
  if (kind === 'exact') {
    for (const [own, counts] of check.repeats.entries()) {
      for (const [other, count] of counts.entries()) {
        const name = dataset.splitNames[other] ?? '';
        const where = own === other ? `repeat another of ${name}, ${check.surplus[own] ?? 0} more than one of each` : `are also in ${name}`; // prettier-ignore
        if (count > 0) lines.push(`  ${count} of ${dataset.splitNames[own] ?? ''} ${where}`);
      }
    }
  }
  if (differing.length > 0) {
    lines.push(
      terminal.style('bold', `  ${toCounted(differing.length, 'group')} under different labels, such as:`),
    );
    for (const { rows } of differing.slice(0, MAX_EXAMPLES)) {
      const named = rows.map((row) => `${toPrintable(sourceOf(dataset, row))} ${labelNameOf(dataset, row)}`);
      lines.push(
        `    ${named.slice(0, MAX_EXAMPLES).join(' · ')}${named.length > MAX_EXAMPLES ? ' · …' : ''}`,
      );
    }
  }
  return lines;
}

/** What was left out, a line for each reason. */
export function summarizeLeftOut(leftOut: CheckedDataset['leftOut']): string[] {
  const byReason = new Map<string, string[]>();
  for (const { source, reason } of leftOut) {
    const sources = byReason.get(reason);
    if (sources === undefined) byReason.set(reason, [source]);
    else sources.push(source);
  }
  return [...byReason].map(([reason, sources]) => `${reason}: ${toList(sources)}`);
}

/** `none`, or how many and the first of them. */
function toList(sources: readonly string[]): string {
  if (sources.length === 0) return 'none';
  const more = sources.length > MAX_EXAMPLES ? ', …' : '';
  return `${sources.length}: ${sources.slice(0, MAX_EXAMPLES).map(toPrintable).join(', ')}${more}`;
}

/** All of it, for programs. */
export function toReportRecord(checked: CheckedDataset): object {
  const { data, dataset, check, sizes, leftOut, unreadable } = checked;
  const byLabel = (counts: readonly number[]): Record<string, number> =>
    Object.fromEntries(check.labelNames.map((label, index) => [label, counts[index] ?? 0]));
  const bySplit = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(dataset.splitNames.flatMap((split, index) => values.slice(index, index + 1).map((value) => [split, value]))); // prettier-ignore
  return {
    data,
    count: check.count,
    width: check.width,
    height: check.height,
    labels: check.labelNames,
    splits: check.splits.map(({ split, counts, leftOut }) => ({ split, counts: byLabel(counts), leftOut })),
    imbalance: Number.isFinite(check.imbalance) ? check.imbalance : null,
    /** repeats.A.B: pictures of split A that are also another picture of split B. */
    repeats: bySplit(check.repeats.map(bySplit)),
    surplus: bySplit(check.surplus),
    duplicates: check.duplicates.map(({ kind, rows, labelsDiffer, acrossSplits }) => ({
      kind,
      labelsDiffer,
      acrossSplits,
      pictures: rows.map((row) => describeRow(dataset, row)),
    })),
    blank: check.blank.map((row) => describeRow(dataset, row)),
    sizes: [...sizes].map(([size, count]) => {
      const [width, height] = size.split('×').map(Number);
      return { width, height, count };
    }),
    leftOut,
    unreadable,
  };
}

/** A row for every picture that is repeated or blank. */
export function toListCsv({ dataset, check }: Pick<CheckedDataset, 'dataset' | 'check'>): string {
  const lines = check.duplicates.flatMap(({ kind, rows, labelsDiffer, acrossSplits }, group) =>
    rows.map((row) => {
      const { source, split, label } = describeRow(dataset, row);
      return toCsvLine([kind, group + 1, source, split, label, labelsDiffer, acrossSplits]);
    }),
  );
  const blank = check.blank.map((row) => {
    const { source, split, label } = describeRow(dataset, row);
    return toCsvLine(['blank', '', source, split, label, '', '']);
  });
  return ['kind,group,source,split,label,labels_differ,across_splits', ...lines, ...blank, ''].join('\n');
}

function describeRow(dataset: Dataset, row: number): { source: string; split: string; label: string } {
  const split = dataset.splitNames[dataset.splits[row] ?? -1] ?? '';
  return { source: sourceOf(dataset, row), split, label: labelNameOf(dataset, row) };
}

function labelNameOf(dataset: Dataset, row: number): string {
  return dataset.labelNames[dataset.labels[row] ?? -1] ?? '';
}
