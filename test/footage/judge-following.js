// What was made of footage, held against its truth. The measures are those of multiple object tracking: a face that is
// found is paired with the nearest true one, and whoever is known by another id than before was switched.
//
// Ref: Bernardin, Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT metrics", 2008.
// Differs in pairing by the distance of middles: detectors draw boxes of different sizes around one face.
// @ts-check

/**
 * @typedef {import('@mien/core').Analysis} Analysis
 * @typedef {import('@mien/core').Face} Face
 * @typedef {import('./made-up-footage.js').TrueFace} TrueFace
 *
 * @typedef {object} Change  of what an actor shows
 * @property {number} rawMoments  moments from the first one that shows it until it is read in one
 * @property {number} shownMs  from the change until it is shown
 * @property {number} sinceMoments  how many moments lie between the first that shows it and the one that `sinceMs` names
 *
 * @typedef {object} ActorReport
 * @property {number[]} ids  in the order in which they were given
 * @property {number} switches  how often its id was another one than before
 * @property {number} seen  share of the moments in which it is all but hidden by nobody, in which it is found
 * @property {number[]} foundAfterMs  for each time that it comes into view
 * @property {Change[]} changes
 * @property {number} flips  changes of what is shown, beyond those of what it shows
 *
 * @typedef {object} Report
 * @property {ActorReport[]} actors
 * @property {number} falseFinds  faces where none is
 * @property {number[]} falseIds  ids that were never those of somebody
 */

/** A find is of a face whose middle is nearer than this, in widths of it. */
const REACH = 0.6;
/** In view: this share of a face is to be seen. */
const IN_VIEW = 0.9;

/**
 * @param {readonly { moment: Analysis, truth: readonly TrueFace[] }[]} course  in the order of time
 * @param {number} actors  how many there are
 * @returns {Report}
 */
export function judgeFollowing(course, actors) {
  const pairs = course.map(({ moment, truth }) => ({
    ms: moment.timestampMs ?? 0,
    truth,
    ...pair(moment.faces, truth),
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
  return { actors: reports, falseFinds: strangers.length, falseIds: [...falseIds].map(Number) };
}

/**
 * @typedef {object} View  of one actor at one moment
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
  // A second find of somebody who is there is no false one: its middle lies in a face.
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
      rawMoments: read < 0 ? Infinity : read,
      shownMs: (shown?.ms ?? Infinity) - changedMs,
      sinceMoments: shown === undefined ? Infinity : Math.abs(since - start),
    };
  });
  const turns = found.filter(
    (view, index) => index > 0 && shownIn(view) !== shownIn(found[index - 1]),
  ).length;
  return { changes, flips: Math.max(0, turns - changes.filter(({ shownMs }) => shownMs < Infinity).length) };
}
