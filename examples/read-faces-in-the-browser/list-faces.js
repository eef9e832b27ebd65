// Lists the faces, each with a bar for every expression.
// @ts-check

/** The text for a face; for a camera of its smoothed values. @param {import('@mien/web').Face} face */
function describe(face) {
  const { expression, probabilities } = face.smoothed ?? face;
  const { verdict } = face.quality;
  const doubt = verdict === 'good' ? 'not sure' : `not sure: ${VERDICTS[verdict]}`;
  return { probabilities, words: face.unsure ? doubt : expression };
}

/** @type {Record<Exclude<import('@mien/web').Face['quality']['verdict'], 'good'>, string>} */
const VERDICTS = {
  notAFace: 'perhaps no face',
  cutOff: 'cut off',
  small: 'too small',
  turned: 'turned away',
  covered: 'covered',
  dark: 'too dark',
  bright: 'too bright',
  blurred: 'blurred',
};

/** @param {HTMLElement} list @param {readonly import('@mien/web').Face[]} faces */
export function listFaces(list, faces) {
  list.replaceChildren(
    ...faces.map((face, index) => {
      const { words, probabilities } = describe(face);
      const item = document.createElement('li');
      item.className = face.unsure ? 'unsure' : '';
      const title = Object.assign(document.createElement('strong'), {
        textContent: `${nameOf(face, index)} ${words}`,
      });
      const bars = Object.entries(probabilities).map(([label, probability]) => {
        const bar = document.createElement('label');
        const meter = Object.assign(document.createElement('meter'), { value: probability });
        bar.append(label, meter, `${(100 * probability).toFixed(0)} %`);
        return bar;
      });
      item.append(title, ...bars);
      return item;
    }),
  );
}

/** The id of a followed face, once it is confirmed; otherwise its number. @param {import('@mien/web').Face} face @param {number} index */
const nameOf = ({ id, smoothed }, index) => `${smoothed === undefined ? index + 1 : (id ?? '?')}`;
