import type { ModelMeasurement } from '@mien/train';

/** The measurement as `mien evaluate --format json` prints it, without predictions of single pictures. */
export function toRecord(measurement: ModelMeasurement): object {
  const { evaluation, accuracy: measured, assessment, views, groups, ...optional } = measurement;
  const { labels, perClass, confusion, withoutDuplicates, repeated } = evaluation;
  return {
    ...toFigures(measured),
    repeated,
    ...(withoutDuplicates === undefined ? {} : { withoutDuplicates: toFigures(withoutDuplicates) }),
    ...assessment,
    ...(Object.keys(views).length === 0 ? {} : { views: mapValues(views, toFigures) }),
    ...optional,
    ...(groups === undefined
      ? {}
      : {
          groups: groups.map(({ name, groups: parts, unknown }) => ({
            name,
            groups: parts.map(({ group, count, isSmall, figures }) => ({
              group,
              count,
              isSmall,
              ...(figures === null ? {} : { ...toFigures(figures), perClass: byLabel(figures.perClass) }),
            })),
            unknown,
          })),
        }),
    perClass: byLabel(perClass.map((figures, index) => ({ ...figures, ...measured.perClass[index] }))),
    labels,
    confusion,
  };
}

type Figures = ModelMeasurement['accuracy'];

/** Without the classes. */
function toFigures(measured: Figures): Omit<Figures, 'perClass'> {
  return Object.fromEntries(Object.entries(measured).filter(([name]) => name !== 'perClass')) as Omit<
    Figures,
    'perClass'
  >;
}

function byLabel(classes: readonly { readonly label: string }[]): object {
  return Object.fromEntries(classes.map(({ label, ...values }) => [label, values]));
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
