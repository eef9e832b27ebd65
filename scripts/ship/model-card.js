// The text of a model card, from a manifest and the results of `mien evaluate`.
// @ts-check

/** What a network is, by its name in the graph. @type {Record<string, string>} */
const NETWORKS = {
  mini_XCEPTION:
    'mini_Xception (Arriaga et al. 2017): four residual modules of depthwise separable convolutions',
  nano: 'dense residual blocks at half resolution, then separable ones with squeeze-and-excitation',
  base: 'a thin residual network with squeeze-and-excitation and dropout',
};
/** How weights are stored, by the manifest's name for it. @type {Record<string, string>} */
const NUMBERS = { F32: 'float32', F16: 'float16', I8: 'int8 with a scale a channel' };
const STRENGTHS = ['weak', 'middle', 'strong'];
/** With a lower recall, the card says so in words. */
const LOW_RECALL = 0.5;
/** Corruptions that cost at least this much at middle strength are named. */
const LARGE_LOSS = 0.1;

const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(1)} %`;
const range = (/** @type {{ low: number, high: number }} */ { low, high }) =>
  `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
const minus = (/** @type {number} */ value) => String(value).replace('-', '−');
const count = (/** @type {number} */ value) => value.toLocaleString('en-GB');

/**
 * @param {object} parts
 * @param {any} parts.manifest
 * @param {any} parts.publicTest  results/fer2013-publictest.json
 * @param {any} [parts.heldOut]  results/held-out.json
 * @param {any} [parts.posed]  results/posed.json
 * @param {any} [parts.inFrames]  results/in-frames.json
 * @param {boolean} parts.hasCropGeometry
 * @returns {string} Markdown
 */
export function toModelCard({ manifest, publicTest, heldOut, posed, inFrames, hasCropGeometry }) {
  const { id } = manifest;
  return [
    '<!-- Written by scripts/write-cards.js from manifest.json and results/; do not edit. -->',
    `# ${id}`,
    introduction(manifest),
    '## How well it reads',
    accuracyTable(publicTest, heldOut, posed),
    conditions(manifest, publicTest),
    classTable(publicTest, posed),
    crops(inFrames, hasCropGeometry),
    '## How sure it is',
    sureness(publicTest, manifest),
    ...(publicTest.corruptions === undefined
      ? []
      : ['## On worse pictures', corruptionTable(publicTest.corruptions)]),
    '## How it was made',
    provenance(manifest),
    '## Where it fails, and what it must not be used for',
    limits(publicTest, posed),
  ].join('\n\n');
}

/** @param {any} manifest */
function introduction({ name, labels, input, cost, weights, licence, provenance: { ensemble } }) {
  const {
    width,
    height,
    channels,
    range: [low, high],
  } = input;
  const shape = `${channels === 1 ? 'grey' : 'RGB'}, ${width}×${height}`;
  return [
    `Reads the expression of one face: a picture (${shape}) in, probabilities of ${labels.slice(0, -1).join(', ')} and ${labels.at(-1)} out.`,
    [
      '| | |',
      '|---|---|',
      `| network | ${ensemble === undefined ? (NETWORKS[name] ?? name) : describeEnsemble(ensemble)} |`,
      `| size | ${count(cost.parameters)} parameters, ${(cost.macs / 1e6).toFixed(1)} million multiply-accumulates a face |`,
      `| input | the face, upright, framed as FER2013 frames faces, ${shape}, 0…255 mapped to ${minus(low)}…${minus(high)} |`,
      `| output | ${labels.length} probabilities that sum to 1; labels and their order are in \`manifest.json\` |`,
      `| weights | \`${weights.file}\`, ${NUMBERS[weights.dtype] ?? weights.dtype}, ${(cost.weightsBytes / 1000).toFixed(0)} KB |`,
      `| licence | ${licence} |`,
    ].join('\n'),
  ].join('\n\n');
}

/** @param {readonly any[]} members */
function describeEnsemble(members) {
  const parts = members.map(
    ({ network, share }) =>
      `${Math.round(100 * share)} % \`${network}\`, ${NETWORKS[network] ?? 'a network'}`,
  );
  return `an ensemble, the weighted mean of the logits of ${members.length} networks: ${parts.join('; ')}`;
}

/** @param {any} publicTest @param {any} heldOut @param {any} posed */
function accuracyTable(publicTest, heldOut, posed) {
  // Where an expression has no pictures, its F1 of 0 would stand for nothing.
  const macroF1 = (/** @type {any} */ it) =>
    Object.values(it.perClass ?? {}).some(({ support }) => support === 0) ? '–' : it.macroF1.toFixed(3);
  const row = (/** @type {string} */ name, /** @type {any} */ it) =>
    `| ${name} | ${count(it.count)} | ${percent(it.accuracy)} | ${range(it.accuracyInterval)} | ${macroF1(it)} | ${it.ece.toFixed(3)} | ${it.nll.toFixed(3)} |`;
  const views = Object.entries(publicTest.views ?? {});
  return [
    '| measured on | pictures | accuracy | 95 % interval | macro F1 | ECE | NLL |',
    '|---|---|---|---|---|---|---|',
    row('FER2013 PublicTest', publicTest),
    ...(publicTest.withoutDuplicates === undefined
      ? []
      : [row('the same without pictures that Training repeats', publicTest.withoutDuplicates)]),
    ...views.map(([view, figures]) => row(`PublicTest, view ${view}`, figures)),
    ...(heldOut === undefined ? [] : [row('the held-out pictures of Training', heldOut)]),
    ...(posed === undefined ? [] : [row('posed faces of 60 people (CK+, without neutral)', posed)]),
  ].join('\n');
}

/** @param {any} manifest @param {any} publicTest */
function conditions({ provenance: { recipe, heldOut, trial } }, publicTest) {
  const validation = recipe?.validation ?? {};
  const choice =
    trial !== undefined
      ? `Recipe, epochs, temperature and the threshold of unsure readings were chosen with a run that held out ${count(trial.heldOut.pictures)} pictures of Training (${percent(trial.accuracy)} of them right); the same recipe then trained on all of them. PublicTest chose nothing.`
      : heldOut !== undefined
        ? `Recipe, epochs, temperature and the threshold of unsure readings were chosen on ${count(heldOut.pictures)} pictures of Training that the network was not trained on; PublicTest chose nothing.`
        : validation.split === 'PublicTest'
          ? 'PublicTest was watched while training but chose nothing: the weights are those of the last epoch.'
          : 'PublicTest chose nothing.';
  const repeats =
    publicTest.withoutDuplicates === undefined
      ? ''
      : ` ${publicTest.count - publicTest.withoutDuplicates.count} of its pictures also stand in Training, hence the second row.`;
  return `${choice}${repeats} Intervals are bootstrap intervals over pictures. People agree with FER2013's labels about as often: 65 ± 5 % (Goodfellow et al. 2013, "Challenges in Representation Learning"). Never compare figures of different views. ECE is the expected calibration error over 15 equal bins of the highest probability, NLL the mean negative log-likelihood, both before the temperature.`;
}

/** @param {any} publicTest @param {any} posed */
function classTable({ perClass }, posed) {
  const rows = Object.entries(perClass).map(([label, it]) => {
    const own = posed?.perClass[label];
    const onPosed =
      posed === undefined ? '' : own.support === 0 ? ' – |' : ` ${percent(own.recall)} of ${own.support} |`;
    return `| ${label} | ${percent(it.precision)} | ${percent(it.recall)} | ${range(it.recallInterval)} | ${it.f1.toFixed(2)} | ${it.support} |${onPosed}`;
  });
  return [
    `| expression | precision | recall | 95 % interval | F1 | pictures |${posed === undefined ? '' : ' recall on posed faces |'}`,
    `|---|---|---|---|---|---|${posed === undefined ? '' : '---|'}`,
    ...rows,
  ].join('\n');
}

/** @param {any} inFrames @param {boolean} hasCropGeometry */
function crops(inFrames, hasCropGeometry) {
  const how = `found by BlazeFace and cut out by the \`crop\` of \`manifest.json\` (a square as wide as the Haar cascade's box of the face, its middle 6 % lower, turned upright by eyes and mouth)`;
  const why = `docs/LOG.md, "One crop for every detector"${hasCropGeometry ? '; `results/crop-geometry.json` holds the sweep that chose it' : ''}.`;
  if (inFrames === undefined)
    return `These are FER2013's own crops. Faces of larger pictures, ${how}, are read about as well: ${why}`;
  const { level, leaning, conditions } = inFrames;
  const row = (/** @type {string} */ name, /** @type {any} */ it) =>
    `| ${name} | ${count(it.found)} of ${count(it.pictures)} | ${percent(it.accuracy)} | ${percent(it.accuracyAsCropped)} |`;
  return [
    `These are FER2013's own crops. PublicTest laid into larger pictures, ${how}:`,
    [
      '| faces | found | read right, of those found | the same faces as FER2013 crops them |',
      '|---|---|---|---|',
      row('level', level),
      row(`leaning by ${conditions.leanDegrees}°`, leaning),
    ].join('\n'),
    `Some of PublicTest's pictures show no face, or hands and profiles. Measured by \`node bench/accuracy/in-frames.js\`; the crop: ${why}`,
  ].join('\n\n');
}

/** @param {any} publicTest @param {any} manifest */
function sureness({ selective, byMargin, calibration }, { calibration: own }) {
  const { minMargin, sure, unsure } = byMargin;
  const part = (/** @type {any} */ it) =>
    it.accuracy === null ? 'none' : `${percent(it.accuracy)} | ${range(it.interval)} | ${count(it.count)}`;
  const temperature =
    own === undefined
      ? 'No temperature was fitted, because no pictures were held out of its training: probabilities are those of the network.'
      : `Logits are divided by a temperature of ${own.temperature.toFixed(3)}, which makes the ECE on PublicTest ${calibration.ece.scaled.toFixed(3)} instead of ${calibration.ece.raw.toFixed(3)}.`;
  return [
    `${temperature} A reading is **unsure** if its first expression leads the second by less than ${Math.round(100 * minMargin)} percentage points${own === undefined ? '' : ', below which readings of held-out pictures were more often wrong than right'}. On PublicTest:`,
    [
      '| readings | right | 95 % interval | pictures |',
      '|---|---|---|---|',
      `| sure | ${part(sure)} |`,
      `| unsure | ${part(unsure)} |`,
    ].join('\n'),
    `Of the surest 80 % of the pictures, ${percent(selective.accuracyAt80)} are read right.`,
  ].join('\n\n');
}

/** @param {any} corruptions */
function corruptionTable({ byKind, means, meanOfTen }) {
  const cells = (/** @type {any} */ it) => STRENGTHS.map((strength) => it[strength].toFixed(3)).join(' | ');
  return [
    `Accuracy on PublicTest made worse as cameras and surroundings do it (docs/EVALUATION.md describes each kind). The mean of ten kinds without JPEG at middle strength is **${meanOfTen.toFixed(3)}**.`,
    [
      `| kind | ${STRENGTHS.join(' | ')} |`,
      '|---|---|---|---|',
      ...Object.entries(byKind).map(([kind, it]) => `| ${kind} | ${cells(it)} |`),
      `| mean | ${cells(means)} |`,
    ].join('\n'),
  ].join('\n\n');
}

/** @param {any} manifest */
function provenance({ id, provenance: origin }) {
  const { command, ensemble, heldOut, logitAdjustment } = origin;
  const adjustment =
    logitAdjustment === undefined
      ? ''
      : logitAdjustment.tau === 0
        ? ' No logit adjustment after training was better than chance on the held-out pictures.'
        : ` The logits were adjusted by the shares of the labels in training with τ = ${logitAdjustment.tau} (${logitAdjustment.origin}).`;
  const data = `FER2013's Training split (28,709 pictures${heldOut === undefined ? '' : `, of which ${count(heldOut.pictures)} were held out`}; obtained by its user from its publishers; no picture is part of this package)`;
  const members =
    ensemble === undefined
      ? []
      : [
          `Its networks were trained by this project's own trainer on ${data}, and joined on ${origin.date} by the shares that were best on the held-out pictures; each network's logits are first divided by its own temperature:`,
          ensemble
            .map((/** @type {any} */ member) => `- \`${member.network}\`: ${summary(member)}`)
            .join('\n'),
        ];
  return [
    ...(ensemble === undefined ? [trained(origin, ` on ${data}, ${origin.date}`)] : members),
    `\`\`\`sh\n${command}\n\`\`\``,
    `${ensemble === undefined ? `${weightsOf(origin)}${adjustment} ` : ''}\`manifest.json\` holds ${ensemble === undefined ? 'the whole recipe' : 'their recipes'}. \`node scripts/ship-model.js\` made the files of this folder, and \`node scripts/measure-model.js ${id} --data fer2013.csv\` measures them again.`,
  ].join('\n\n');
}

/** How a network was trained. @param {any} origin  its recipe @param {string} on  the data and the date */
function trained({ recipe }, on) {
  const start =
    recipe.network?.kind === 'file'
      ? `Trained by this project's own trainer, from the weights of \`${recipe.network.path}\`, which it trained before,${on}.`
      : `Trained from scratch by this project's own trainer${on}.`;
  const teachers = teachersOf(recipe);
  return teachers === undefined ? start : `${start} It also learned from the probabilities of ${teachers}.`;
}

/** The same of a member of an ensemble, in a line. @param {any} origin */
function summary({ epoch, recipe }) {
  const teachers = teachersOf(recipe);
  return [
    recipe.network?.kind === 'file' ? `from the weights of \`${recipe.network.path}\`` : 'from scratch',
    ...(teachers === undefined ? [] : [`learning from the probabilities of ${teachers} too`]),
    `epoch ${epoch} of ${recipe.epochs}`,
  ].join(', ');
}

/** @param {any} recipe */
function teachersOf({ distillation }) {
  return distillation?.teacher.map((/** @type {string} */ name) => `\`${name}\``).join(' and ');
}

/** @param {any} origin */
function weightsOf({ epoch, recipe }) {
  return `The weights are those of epoch ${epoch}${recipe.epochs === undefined ? '' : ` of ${recipe.epochs}`}.`;
}

/** @param {any} publicTest @param {any} posed */
function limits({ perClass, confusion, labels, corruptions, accuracy }, posed) {
  const low = Object.entries(perClass)
    .filter(([, it]) => it.recall < LOW_RECALL)
    .map(([label, it]) => `${label} (${percent(it.recall)})`);
  const mistakes = labels
    .flatMap((/** @type {string} */ label, /** @type {number} */ row) =>
      labels.map((/** @type {string} */ read, /** @type {number} */ column) => {
        const share = confusion[row][column] / Math.max(1, perClass[label].support);
        return { label, read, share: row === column ? 0 : share };
      }),
    )
    .sort((/** @type {any} */ a, /** @type {any} */ b) => b.share - a.share)
    .slice(0, 3)
    .map((/** @type {any} */ { label, read, share }) => `${label} as ${read} (${percent(share)})`);
  const costly = Object.entries(corruptions?.byKind ?? {})
    .filter(([, it]) => accuracy - it.middle >= LARGE_LOSS)
    .sort(([, a], [, b]) => a.middle - b.middle)
    .map(([kind, it]) => `${kind} (${percent(it.middle)})`);
  const posedLow = Object.entries(posed?.perClass ?? {})
    .filter(([, it]) => it.support > 0 && it.recall < LOW_RECALL)
    .map(([label, it]) => `${label} (${percent(it.recall)})`);
  return [
    '- It reads a posed or shown **expression**, not what someone feels. The two are only loosely related.',
    `- It is wrong in ${percent(1 - accuracy)} of FER2013's pictures, most often when it reads ${mistakes.join(', ')}.`,
    ...(low.length === 0
      ? []
      : [
          `- It finds fewer than half of the faces labelled ${low.join(', ')}. Of disgust, Training has 436 pictures.`,
        ]),
    ...(posedLow.length === 0
      ? []
      : [`- On posed faces it finds fewer than half of ${posedLow.join(', ')}.`]),
    ...(costly.length === 0
      ? []
      : [`- It loses 10 points or more on worse pictures at middle strength: ${costly.join(', ')}.`]),
    '- FER2013 was gathered by web search and says nothing of age, gender, skin tone or origin; young, light-skinned, frontal and exaggerated faces are over-represented. Nothing is known of how well it reads children, old people, darker skin, covered faces, or faces with paralysis or scars. Measure your own people before you rely on it: `mien evaluate --groups groups.csv`.',
    '- Small, dark, blurred, turned or covered faces give confident nonsense; a box that holds no face does too.',
    '- Do not use it to judge people: not for hiring, schooling, policing, insurance, lie detection or diagnosis. In the European Union, inferring emotions at work or in education is prohibited except for medical or safety reasons (Regulation (EU) 2024/1689, Article 5(1)(f)), and people whose expressions are read must be told (Article 50(3)).',
  ].join('\n');
}
