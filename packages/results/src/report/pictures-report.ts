/** The report of all pictures of a run: expressions of all faces, and the most certain faces of each expression. */
import type { Tally, UnsureReason } from '../timeline/recording.js';
import { countSure, UNSURE_WORDS } from '../timeline/tally.js';
import { ANALYSIS_LIMITS, PICTURES_NOTE, settingsSection } from './analysis-sections.js';
import { expressionShares } from './expression-shares.js';
import { facePictures, linkTo } from './face-pictures.js';
import { toCount, toPercent } from './figures.js';
import { html, NOTHING, type Html } from './html.js';
import { renderPage } from './render-page.js';
import type { Fact } from './report.js';
import { section } from './section.js';

export interface PictureCollection {
  readonly labels: readonly string[];
  readonly model: string;
  readonly detector: string;
  readonly pictures: number;
  readonly tally: Tally;
  /** The faces with the highest probability of each label, and some unsure ones. */
  readonly surest: readonly (readonly ShownFace[])[];
  readonly unsure: readonly ShownFace[];
  readonly withoutFace: NameList;
  /** One line per source that could not be read. */
  readonly unreadable: readonly string[];
}

export interface ShownFace {
  /** Of the picture with the face. */
  readonly name: string;
  /** Address of that picture, relative to the page. */
  readonly href?: string | undefined;
  readonly expression: string;
  readonly probability: number;
  readonly reason: UnsureReason | undefined;
  /** JPEG in base64. */
  readonly picture: string;
}

/** The first of several pictures, and the number of all. */
export interface NameList {
  readonly count: number;
  readonly first: readonly NamedPicture[];
}

export interface NamedPicture {
  readonly name: string;
  /** Address of the picture, relative to the page. */
  readonly href?: string | undefined;
}

/**
 * @param settings settings of the analysis, program, runtime
 * @returns the page
 */
export function toPicturesReport(collection: PictureCollection, settings: readonly Fact[]): Promise<string> {
  const { labels, model, detector, pictures, tally, withoutFace, unreadable } = collection;
  const faces = tally.readings;
  const count = pictures === 1 ? '1 picture' : `${toCount(pictures)} pictures`;
  return renderPage({
    title: `Expressions in ${count}`,
    subtitle: `Each face is read on its own; nobody is recognised across pictures.${faces > 0 ? ` ${PICTURES_NOTE}` : ''}`,
    keyFigures: [
      ['pictures', toCount(pictures)],
      ['faces', toCount(faces)],
      ['without a face', toCount(withoutFace.count), 'pictures'],
      ['unsure', toPercent((faces - countSure(tally)) / faces), 'of the faces'],
    ],
    sections: [
      section(
        'Expressions',
        faces === 0 ? html`<p>No face was found.</p>` : expressionShares(tally, labels, 'faces'),
      ),
      faces === 0 ? NOTHING : facesSection(collection),
      withoutFace.count === 0 ? NOTHING : section('Without a face', names(withoutFace)),
      unreadable.length === 0
        ? NOTHING
        : section(
            'Not read',
            names({
              count: unreadable.length,
              first: unreadable.slice(0, MAX_LINES).map((name) => ({ name })),
            }),
          ),
      settingsSection([['model', model], ['detector', detector], ...settings]),
    ],
    limits: ANALYSIS_LIMITS,
  });
}

const MAX_LINES = 200;

function facesSection({ labels, tally, surest, unsure }: PictureCollection): Html {
  const unsureCount = tally.readings - countSure(tally);
  const groups = [
    ...labels.map((label, index) =>
      group(label, tally.shown[index] ?? 0, surest[index] ?? [], 'most certain'),
    ),
    group('unsure', unsureCount, unsure, 'first'),
  ];
  return section('Faces', ...groups);
}

function group(name: string, count: number, faces: readonly ShownFace[], which: string): Html {
  if (count === 0) return NOTHING;
  const some = faces.length < count ? `, the ${faces.length} ${which} of ${toCount(count)}` : '';
  return html`<h3>${name}${some}</h3>
    ${facePictures(
      faces.map(({ name: file, href, expression, probability, reason, picture }) => ({
        picture,
        alt: `Face in ${file}, read as ${expression}${reason === undefined ? '' : ', unsure'}`,
        href,
        caption: expression,
        figure: toPercent(probability, 0),
        note: reason === undefined ? file : `${file}: ${UNSURE_WORDS[reason]}`,
      })),
    )}`;
}

function names({ count, first }: NameList): Html {
  const rest = count - first.length;
  return html`<ul class="names">
    ${first.map(({ name, href }) => html`<li>${linkTo(name, href)}</li> `)}${rest > 0 ? html`<li>and ${toCount(rest)} more</li>` : NOTHING}
  </ul>`;
}
