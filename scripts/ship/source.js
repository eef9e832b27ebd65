// What is shipped: a checkpoint of `mien train`, or an ensemble of checkpoints and of packages that were shipped before.
// @ts-check
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { createEnsemble } from '@mien/core/nn';
import { resolveModel } from '@mien/node/models';
import { readCheckpoint } from '@mien/train/node';

/**
 * @typedef {object} Source
 * @property {import('@mien/core/nn').Graph} graph
 * @property {import('@mien/core/nn').Weights} weights
 * @property {readonly string[]} labels
 * @property {readonly [low: number, high: number]} inputRange
 * @property {number} temperature  1 unless a manifest says otherwise
 * @property {string} datasetSha256
 * @property {number | undefined} heldOut  the share of Training that was held out, where it is known
 * @property {object} provenance  `epoch` and `recipe`, or `ensemble` with those of its members
 */

/**
 * @param {readonly string[]} paths  checkpoints or folders of `models/`; more than one are joined
 * @param {readonly number[]} [shares]  of the ensemble's mean; default: equal
 * @returns {Promise<Source>}
 */
export async function readSource(paths, shares = paths.map(() => 1)) {
  const members = await Promise.all(paths.map(readMember));
  const [first] = members;
  if (first === undefined) throw new Error('name a checkpoint');
  return members.length === 1 ? first : join(first, members, shares);
}

/** @param {string} path @returns {Promise<Source>} */
async function readMember(path) {
  if ((await stat(path)).isDirectory()) {
    const { graph, weights, labels, manifest } = await resolveModel(path);
    const { datasetSha256, heldOut, command, epoch, recipe, date } = /** @type {any} */ (manifest.provenance);
    return {
      graph,
      weights,
      labels,
      inputRange: manifest.input.range,
      temperature: manifest.calibration?.temperature ?? 1,
      datasetSha256,
      heldOut: heldOut?.part,
      provenance: { command, epoch, recipe, date },
    };
  }
  const { graph, weights, labels, inputRange, training } = await readCheckpoint(path);
  const { recipe, datasetSha256, progress } = training;
  return {
    graph,
    weights,
    labels,
    inputRange,
    temperature: 1,
    datasetSha256,
    heldOut: 'heldOut' in recipe.validation ? recipe.validation.heldOut : undefined,
    provenance: { epoch: progress.history.at(-1)?.epoch, recipe: withoutLocalPaths(recipe) },
  };
}

/** @param {Source} first @param {readonly Source[]} members @param {readonly number[]} shares @returns {Source} */
function join(first, members, shares) {
  if (shares.length !== members.length) throw new Error(`--shares must be ${members.length} numbers`);
  const { labels, inputRange, datasetSha256, heldOut } = first;
  const total = shares.reduce((sum, share) => sum + share, 0);
  const weighed = members.map((member, index) => {
    const fits = member.labels.join() === labels.join() && member.inputRange.join() === inputRange.join();
    if (!fits) throw new Error(`${member.graph.name} has other labels or another input range`);
    if (member.datasetSha256 !== datasetSha256 || member.heldOut !== heldOut)
      throw new Error(`${member.graph.name} was trained on other pictures`);
    return { ...member, share: (shares[index] ?? 0) / total };
  });
  return {
    ...createEnsemble(members.map(({ graph }) => graph.name).join('-'), weighed),
    labels,
    inputRange,
    temperature: 1,
    datasetSha256,
    heldOut,
    provenance: {
      ensemble: weighed.map(({ graph, share, temperature, provenance }) => ({
        network: graph.name,
        share,
        temperature,
        ...provenance,
      })),
    },
  };
}

/**
 * Names the files of a recipe as others know them: a package of `models/`, or a run of a queue instead of its checkpoint
 * on this machine.
 *
 * @param {import('@mien/train').Recipe} recipe
 */
function withoutLocalPaths({ network, distillation, ...rest }) {
  const toName = (/** @type {string} */ path) => {
    const folder = basename(dirname(path));
    return folder === 'models' ? `models/${basename(path)}` : `run:${folder}`;
  };
  return {
    ...rest,
    network: network.kind === 'file' ? { ...network, path: toName(network.path) } : network,
    distillation: distillation && { ...distillation, teacher: distillation.teacher.map(toName) },
  };
}
