/** A list of face pictures with captions. */
import { html, type Html } from './html.js';

export interface FacePicture {
  /** JPEG in base64. */
  readonly picture: string;
  /** Text alternative. */
  readonly alt: string;
  readonly caption: string;
  readonly figure: string;
  readonly note: string;
  /** Address that the note links to. */
  readonly href?: string | undefined;
}

/** A small face before a name; the name alone if there is no picture. */
export function namedFace(name: string, alt: string, picture: string | undefined): Html {
  if (picture === undefined) return html`${name}`;
  return html`<span class="named"
    ><img src="data:image/jpeg;base64,${picture}" alt="${alt}" width="40" height="40" />${name}</span
  >`;
}

/** A name that links to a file, if there is an address. */
export function linkTo(name: string, href: string | undefined): Html {
  return href === undefined ? html`${name}` : html`<a href="${href}">${name}</a>`;
}

export function facePictures(faces: readonly FacePicture[]): Html {
  const items = faces.map(
    ({ picture, alt, caption, figure, note, href }) =>
      html`<li>
        <img src="data:image/jpeg;base64,${picture}" alt="${alt}" width="99" height="99" /><span
          ><b>${caption}</b> ${figure}</span
        ><small>${linkTo(note, href)}</small>
      </li> `,
  );
  return html`<ul class="pictures">
    ${items}
  </ul>`;
}
