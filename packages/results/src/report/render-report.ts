/** The report of a training run or of an evaluation. */
import { countsSection, environmentSection, recipeSection } from './background-sections.js';
import { courseSection } from './course-section.js';
import { toCount, toFixed, toPercent } from './figures.js';
import type { Html } from './html.js';
import { measurementSections } from './measurement-sections.js';
import { mistakesSection } from './mistakes-section.js';
import { renderPage } from './render-page.js';
import type { Report } from './report.js';
import { toRange } from './trust-sections.js';

const LIMITS =
  'The model names the expression that a face shows, not what someone feels. These figures hold for pictures like those of the evaluation; expect worse results with other faces, cameras and light. It must not be used to judge people.';

export async function renderReport(report: Report): Promise<string> {
  const { title, subtitle, course, measurement, counts, recipe, environment } = report;
  const sections: Html[] = [
    ...(course === undefined ? [] : [courseSection(course)]),
    ...(measurement === undefined
      ? []
      : [...measurementSections(measurement), await mistakesSection(measurement)]),
    ...(counts === undefined ? [] : [countsSection(counts)]),
    ...(recipe === undefined ? [] : [recipeSection(recipe)]),
    environmentSection(environment),
  ];
  return renderPage({ title, subtitle, keyFigures: keyFigures(report), sections, limits: LIMITS });
}

/** For the top of the page. */
function keyFigures({ course, measurement }: Report): [string, string, string?][] {
  const best = course?.best;
  const figures: [string, string, string?][] = [];
  if (measurement !== undefined) {
    const { accuracy, macroF1, ece, nll, count } = measurement.evaluation;
    const { trust } = measurement;
    const pictures = `${toCount(count)} pictures`;
    const scaled = trust?.calibration;
    figures.push(
      [
        'accuracy',
        toPercent(accuracy),
        trust === undefined ? pictures : `95 %: ${toRange(trust.accuracy.accuracyInterval)}, ${pictures}`,
      ],
      [
        'macro F1',
        toFixed(macroF1, 3),
        trust === undefined
          ? 'mean over the labels'
          : `95 %: ${toFixed(trust.accuracy.macroF1Interval.low, 3)} to ${toFixed(trust.accuracy.macroF1Interval.high, 3)}`,
      ],
      ['NLL', toFixed(nll, 3), 'negative log-likelihood'],
      [
        'ECE',
        toFixed(ece, 3),
        scaled === undefined ? 'calibration error' : `${toFixed(scaled.ece.scaled, 3)} with temperature`,
      ],
    );
    if (trust !== undefined) {
      figures.push([
        'surest 80 %',
        toPercent(trust.assessment.selective.accuracyAt80),
        'accuracy where the model is surest',
      ]);
    }
  }
  if (course !== undefined && best !== undefined) {
    figures.push(['best epoch', String(best.epoch), `of ${course.history.length}`]);
  }
  return figures;
}
