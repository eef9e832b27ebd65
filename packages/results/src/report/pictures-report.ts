/** The report of all pictures of a run: what the faces in them show, with the surest of each expression. */
import type { Tally, UnsureReason } from '../timeline/recording.js';
import { countSure, UNSURE_WORDS } from '../timeline/tally.js';
import { ANALYSIS_LIMITS, PICTURES_NOTE, settingsSection } from './analysis-sections.js';
import { expressionShares } from './expression-shares.js';
import { facePictures } from './face-pictures.js';
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
  /** The surest faces of every label, and some that are unsure. */
  readonly surest: readonly (readonly ShownFace[])[];
  readonly unsure: readonly ShownFace[];
  readonly withoutFace: NameList;
  /** One line for each that could not be read. */
  readonly unreadable: readonly string[];
}

export interface ShownFace {
  /** Of the picture that it is in. */
  readonly name: string;
  readonly expression: string;
  readonly probability: number;
  readonly reason: UnsureReason | undefined;
  /** JPEG in base64. */
  readonly picture: string;
}

/** Names, the first of them by name and all of them by number. */
export interface NameList {
  readonly count: number;
  readonly first: readonly string[];
}

/**
 * @param settings how the analysis was set, and what it was made with
 * @returns the page
 */
export function toPicturesReport(collection: PictureCollection, settings: readonly Fact[]): Promise<string> {
  const { labels, model, detector, pictures, tally, withoutFace, unreadable } = collection;
  const faces = tally.moments;
  const count = pictures === 1 ? '1 picture' : `${toCount(pictures)} pictures`;
  return renderPage({
    title: `Expressions in ${count}`,
    subtitle: `Each face is read by itself; nobody is recognised from one picture to another.${faces > 0 ? ` ${PICTURES_NOTE}` : ''}`,
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
        : section('Not read', names({ count: unreadable.length, first: unreadable.slice(0, MAX_LINES) })),
      settingsSection([['model', model], ['detector', detector], ...settings]),
    ],
    limits: ANALYSIS_LIMITS,
  });
}

const MAX_LINES = 200;

function facesSection({ labels, tally, surest, unsure }: PictureCollection): Html {
  const unsureCount = tally.moments - countSure(tally);
  const groups = [
    ...labels.map((label, index) => group(label, tally.shown[index] ?? 0, surest[index] ?? [], 'surest')),
    group('unsure', unsureCount, unsure, 'first'),
  ];
  return section('Faces', ...groups);
}

function group(name: string, count: number, faces: readonly ShownFace[], which: string): Html {
  if (count === 0) return NOTHING;
  const some = faces.length < count ? `, the ${faces.length} ${which} of ${toCount(count)}` : '';
  return html`<h3>${name}${some}</h3>
    ${facePictures(
      faces.map(({ name: file, expression, probability, reason, picture }) => ({
        picture,
        alt: `Face in ${file}, read as ${expression}${reason === undefined ? '' : ', unsure'}`,
        caption: expression,
        figure: toPercent(probability, 0),
        note: reason === undefined ? file : `${file}: ${UNSURE_WORDS[reason]}`,
      })),
    )}`;
}

function names({ count, first }: NameList): Html {
  const rest = count - first.length;
  return html`<ul class="names">
    ${first.map((name) => html`<li>${name}</li> `)}${rest > 0 ? html`<li>and ${toCount(rest)} more</li>` : NOTHING}
  </ul>`;
}
