/** Faces with what was read in them, as a list of pictures. */
import { html, type Html } from './html.js';

export interface FacePicture {
  /** JPEG in base64. */
  readonly picture: string;
  /** What is told to who does not see it. */
  readonly alt: string;
  readonly caption: string;
  readonly figure: string;
  readonly note: string;
}

export function facePictures(faces: readonly FacePicture[]): Html {
  const items = faces.map(
    ({ picture, alt, caption, figure, note }) =>
      html`<li>
        <img src="data:image/jpeg;base64,${picture}" alt="${alt}" width="99" height="99" /><span
          ><b>${caption}</b> ${figure}</span
        ><small>${note}</small>
      </li> `,
  );
  return html`<ul class="pictures">
    ${items}
  </ul>`;
}
