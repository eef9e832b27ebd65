// Compares results with the ground truth of a synthetic video. The measures are those of multiple object tracking: each
// detection is paired with the nearest true face, and a face whose id changes counts as an id switch.
//
// Ref: Bernardin, Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT metrics", 2008.
// Differs in pairing by the distance of centres, because detectors draw boxes of different sizes around one face.
// @ts-check

/**
 * @typedef {import('@mien/core').Analysis} Analysis
 * @typedef {import('@mien/core').Face} Face
 * @typedef {import('./synthetic-video.js').TrueFace} TrueFace
 *
 * @typedef {object} Change  of what an actor shows
 * @property {number} rawFrames  frames from the first one with the change until it is read
 * @property {number} shownMs  time from the change until it is shown
 * @property {number} sinceFrames  frames between the first one with the change and the one that `sinceMs` names
 *
 * @typedef {object} ActorReport
 * @property {number[]} ids  in the order in which they were assigned
 * @property {number} switches  how often its id changed
 * @property {number} seen  of the frames in which almost nothing covers it, the share in which it is detected
 * @property {number[]} foundAfterMs  for each time that it comes into view
 * @property {Change[]} changes
 * @property {number} flips  changes of the shown expression without a change of the true one
 *
 * @typedef {object} Report
 * @property {ActorReport[]} actors
 * @property {number} falseDetections  detections without a face
 * @property {number[]} falseIds  ids that never belonged to a true face
 */

/** A detection belongs to a face whose centre is nearer than this, in widths of the face. */
const REACH = 0.6;
/** A face is in view if at least this share of it is visible. */
const IN_VIEW = 0.9;

/**
 * @param {readonly { result: Analysis, truth: readonly TrueFace[] }[]} course  in the order of time
 * @param {number} actors  how many there are
 * @returns {Report}
 */
export function judgeFollowing(course, actors) {
  const pairs = course.map(({ result, truth }) => ({
    ms: result.timestampMs ?? 0,
    truth,
    ...pair(result.faces, truth),
  }));
  const reports = Array.from({ length: actors }, (_, actor) => {
    const views = pairs.map(({ ms, truth, faceOf }) => {
      const { visible = 0, expression } = truth.find((it) => it.actor === actor) ?? {};
      return { ms, isInView: visible >= IN_VIEW, expression, face: faceOf.get(actor) };
    });
    return { ...judgeIds(views), ...judgeSight(views), ...judgeExpressions(views) };
  });
  const known = new Set(reports.flatMap(({ ids }) => ids));
  const strangers = pairs.flatMap(({ others }) => others);
  const falseIds = new Set(strangers.map(({ id }) => id).filter((id) => id !== undefined && !known.has(id)));
  return { actors: reports, falseDetections: strangers.length, falseIds: [...falseIds].map(Number) };
}

/**
 * @typedef {object} View  of one actor in one frame
 * @property {number} ms
 * @property {boolean} isInView
 * @property {string | undefined} expression
 * @property {Face | undefined} face
 */

/** Pairs the nearest first. @param {readonly Face[]} faces @param {readonly TrueFace[]} truth */
function pair(faces, truth) {
  const near = faces
    .flatMap((face) =>
      truth.map(({ actor, box }) => ({ face, actor, distance: distanceOf(face.box, box) / box.width })),
    )
    .filter(({ distance }) => distance < REACH)
    .sort((a, b) => a.distance - b.distance);
  /** @type {Map<number, Face>} */
  const faceOf = new Map();
  const taken = new Set();
  for (const { face, actor } of near) {
    if (taken.has(face) || faceOf.has(actor)) continue;
    faceOf.set(actor, face);
    taken.add(face);
  }
  // A second detection of a face is not a false one: its centre lies in a face.
  const others = faces.filter((face) => !near.some((it) => it.face === face));
  return { faceOf, others };
}

/** @param {import('@mien/core').Box} a @param {import('@mien/core').Box} b */
function distanceOf(a, b) {
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
}

/** @param {readonly View[]} views */
function judgeIds(views) {
  const given = views.flatMap(({ face }) => face?.id ?? []);
  return {
    ids: [...new Set(given)],
    switches: given.filter((id, index) => index > 0 && id !== given[index - 1]).length,
  };
}

/** @param {readonly View[]} views */
function judgeSight(views) {
  const inView = views.filter(({ isInView }) => isInView);
  const foundAfterMs = views.flatMap(({ ms, isInView }, index) => {
    if (!isInView || views[index - 1]?.isInView) return [];
    const found = views.slice(index).find(({ face }) => face !== undefined);
    return [(found?.ms ?? Infinity) - ms];
  });
  return { seen: inView.filter(({ face }) => face !== undefined).length / inView.length, foundAfterMs };
}

/** @param {readonly View[]} views */
function judgeExpressions(views) {
  const found = views.filter(({ face }) => face !== undefined);
  const shownIn = (/** @type {View | undefined} */ view) => view?.face?.smoothed?.expression;
  const starts = views.flatMap(({ expression }, index) => {
    const before = views[index - 1]?.expression;
    return expression !== undefined && before !== undefined && expression !== before ? [index] : [];
  });
  const changes = starts.map((start, index) => {
    const { ms: changedMs = 0, expression } = views[start] ?? {};
    const rest = views.slice(start, starts[index + 1]);
    const shown = rest.find((view) => shownIn(view) === expression);
    const read = rest.findIndex(({ face }) => face?.expression === expression);
    const since = views.findIndex(({ ms }) => ms === shown?.face?.smoothed?.sinceMs);
    return {
      rawFrames: read < 0 ? Infinity : read,
      shownMs: (shown?.ms ?? Infinity) - changedMs,
      sinceFrames: shown === undefined ? Infinity : Math.abs(since - start),
    };
  });
  const turns = found.filter(
    (view, index) => index > 0 && shownIn(view) !== shownIn(found[index - 1]),
  ).length;
  return { changes, flips: Math.max(0, turns - changes.filter(({ shownMs }) => shownMs < Infinity).length) };
}
