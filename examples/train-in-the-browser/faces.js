// Draws the pictures to train on: schematic faces of seven expressions, no two of them alike.
// @ts-check

/** Pixels of a side; what mini_Xception takes. */
export const SIDE = 48;

/**
 * What makes an expression, from −1 to 1 where a neutral face has 0: how far brows are raised, how far their inner
 * ends are lowered, how wide eyes are open, how far the corners of the mouth go up, how far it is open (from 0), and
 * how far one of its corners is pulled up.
 */
const EXPRESSIONS = {
  angry: { raised: -0.5, frown: 0.9, eyes: -0.3, smile: -0.5, open: 0, pull: 0 },
  disgust: { raised: -0.4, frown: 0.4, eyes: -0.7, smile: -0.3, open: 0.1, pull: 0.9 },
  fear: { raised: 0.6, frown: -0.7, eyes: 0.7, smile: -0.4, open: 0.4, pull: 0 },
  happy: { raised: 0.1, frown: 0, eyes: -0.3, smile: 0.9, open: 0.3, pull: 0 },
  sad: { raised: 0, frown: -0.9, eyes: -0.4, smile: -0.8, open: 0, pull: 0 },
  surprise: { raised: 1, frown: 0, eyes: 1, smile: 0, open: 1, pull: 0 },
  neutral: { raised: 0, frown: 0, eyes: 0, smile: 0, open: 0, pull: 0 },
};
/** @typedef {typeof EXPRESSIONS['neutral']} Features */

export const LABELS = /** @type {(keyof typeof EXPRESSIONS)[]} */ (Object.keys(EXPRESSIONS));

/** How far a feature strays from its expression, and a grey value from what was drawn. */
const FEATURE_NOISE = 0.12;
const PIXEL_NOISE = 0.06;

/**
 * Draws `count` faces, their expressions in turn.
 *
 * @param {number} count
 * @param {import('@mien/train/session').Random} random
 * @returns inputs `[count, 48, 48, 1]` in −1 … 1 and one-hot targets `[count, 7]`
 */
export function drawFaces(count, random) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser cannot draw outside of the page');
  const inputs = new Float32Array(count * SIDE * SIDE);
  const targets = new Float32Array(count * LABELS.length);
  for (let face = 0; face < count; face++) {
    const label = face % LABELS.length;
    drawFace(context, EXPRESSIONS[LABELS[label] ?? 'neutral'], random);
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      const grey = (data[pixel * 4] ?? 0) / 255 + PIXEL_NOISE * random.normal();
      inputs[face * SIDE * SIDE + pixel] = Math.min(1, Math.max(0, grey)) * 2 - 1;
    }
    targets[face * LABELS.length + label] = 1;
  }
  return { inputs, targets };
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Features} expression
 * @param {import('@mien/train/session').Random} random
 */
function drawFace(context, expression, random) {
  /** @param {keyof Features} feature */
  const strayed = (feature) => expression[feature] + FEATURE_NOISE * random.normal();
  const grey = (/** @type {number} */ from, /** @type {number} */ to) => {
    const value = Math.round(255 * (from + (to - from) * random.uniform()));
    return `rgb(${value} ${value} ${value})`;
  };
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = grey(0, 0.35);
  context.fillRect(0, 0, SIDE, SIDE);
  // From here on the face's centre is 0, 0 and its half width about 1.
  context.translate(SIDE / 2 + random.normal(), SIDE / 2 + random.normal());
  context.rotate(0.08 * random.normal());
  const scale = SIDE * (0.42 + 0.02 * random.normal());
  context.scale(scale, scale);

  context.fillStyle = grey(0.55, 0.95);
  context.beginPath();
  context.ellipse(0, 0, 0.85, 1.05, 0, 0, 2 * Math.PI);
  context.fill();

  context.fillStyle = context.strokeStyle = grey(0, 0.2);
  context.lineWidth = 0.09;
  context.lineCap = 'round';
  const [raised, frown] = [strayed('raised'), strayed('frown')];
  for (const side of [-1, 1]) {
    context.beginPath();
    context.ellipse(side * 0.36, -0.2, 0.11, Math.max(0.03, 0.1 + 0.07 * strayed('eyes')), 0, 0, 2 * Math.PI);
    context.fill();
    const brow = -0.48 - 0.12 * raised;
    context.beginPath();
    context.moveTo(side * 0.56, brow - 0.1 * frown);
    context.lineTo(side * 0.18, brow + 0.1 * frown);
    context.stroke();
  }
  const [smile, open, pull] = [strayed('smile'), Math.max(0, strayed('open')), strayed('pull')];
  const [left, right] = [0.5 - 0.15 * smile, 0.5 - 0.15 * smile - 0.25 * pull];
  const middle = 0.5 + 0.2 * smile;
  context.beginPath();
  context.moveTo(-0.35, left);
  context.quadraticCurveTo(0, middle - 0.2 * open, 0.35, right);
  context.quadraticCurveTo(0, middle + 0.6 * open, -0.35, left);
  context.fill();
  context.stroke();
}
