/**
 * A report as one page that needs nothing else: no network, no script, no font; it opens from a file, on a phone, in the
 * dark, and prints.
 *
 * Its security policy allows this style sheet (by its hash) and pictures within the page, and nothing else: were a label
 * of a hostile file to get past the escaping, it could still neither run nor load anything.
 */
import { createHash } from 'node:crypto';
import { countsSection, environmentSection, recipeSection } from './background-sections.js';
import { courseSection } from './course-section.js';
import { toCount, toFixed, toPercent } from './figures.js';
import { html, Html } from './html.js';
import { measurementSections } from './measurement-sections.js';
import { mistakesSection } from './mistakes-section.js';
import { PAGE_STYLE } from './page-style.js';
import type { Report } from './report.js';
import { definitions } from './section.js';

const LIMITS =
  'It names the expression that a face shows, not what someone feels. Figures hold for pictures like those that they were measured on; on other faces, cameras and light expect worse. It must not be used to judge people.';

/** Of all that stands between the tags, to the last space. */
const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'`;

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
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${PAGE_STYLE}</style>`)}
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <p>${subtitle}</p>
            ${definitions('key', keyFigures(report))}
          </header>
          ${sections}
          <footer>${LIMITS}</footer>
        </main>
      </body>
    </html> `.markup;
}

/** What someone looks for first. */
function keyFigures({ course, measurement }: Report): [string, string, string?][] {
  const best = course?.best;
  const figures: [string, string, string?][] = [];
  if (measurement !== undefined) {
    const { accuracy, macroF1, ece, nll, count } = measurement.evaluation;
    figures.push(
      ['accuracy', toPercent(accuracy), `${toCount(count)} pictures`],
      ['macro F1', toFixed(macroF1, 3), 'mean over the labels'],
      ['NLL', toFixed(nll, 3), 'negative log-likelihood'],
      ['ECE', toFixed(ece, 3), 'calibration error'],
    );
  }
  if (course !== undefined && best !== undefined) {
    figures.push(['best epoch', String(best.epoch), `of ${course.history.length}`]);
  }
  return figures;
}
