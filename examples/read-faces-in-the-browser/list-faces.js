// Shows what was read: boxes in the picture, and a list with a bar for each expression.
// @ts-check

/** Over this width of a picture boxes and words grow with it. */
const USUAL_WIDTH = 640;

/** What a face is said to show; a camera's is steadied over time. @param {import('@mien/core').Face} face */
function describe(face) {
  const { expression, probabilities } = face.smoothed ?? face;
  const { verdict } = face.quality;
  const doubt = verdict === 'good' ? 'not sure' : `not sure: ${VERDICTS[verdict]}`;
  return { probabilities, words: face.unsure ? doubt : expression };
}

/** @type {Record<Exclude<import('@mien/core').Verdict, 'good'>, string>} */
const VERDICTS = {
  notAFace: 'perhaps no face',
  cutOff: 'cut off',
  small: 'too small',
  turned: 'turned away',
  dark: 'too dark',
  bright: 'too bright',
  blurred: 'blurred',
};

/** @param {CanvasRenderingContext2D} context that shows the picture @param {readonly import('@mien/core').Face[]} faces */
export function drawBoxes(context, faces) {
  const unit = Math.max(1, context.canvas.width / USUAL_WIDTH);
  context.lineWidth = 2 * unit;
  context.font = `${16 * unit}px system-ui, sans-serif`;
  for (const [index, face] of faces.entries()) {
    const { x, y, width, height } = face.smoothed?.box ?? face.box;
    context.setLineDash(face.unsure ? [6 * unit, 4 * unit] : []);
    context.strokeStyle = context.fillStyle = 'lime';
    context.shadowBlur = 0;
    context.strokeRect(x, y, width, height);
    context.shadowColor = 'black'; // Words can be read on anything.
    context.shadowBlur = 4 * unit;
    context.fillText(`${nameOf(face, index)} ${describe(face).words}`, x, Math.max(y - 5 * unit, 16 * unit));
  }
}

/** @param {HTMLElement} list @param {readonly import('@mien/core').Face[]} faces */
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

/** Faces that are followed have an id that stays, once they are confirmed. @param {import('@mien/core').Face} face @param {number} index */
const nameOf = ({ id, smoothed }, index) => `${smoothed === undefined ? index + 1 : (id ?? '?')}`;
