// Writes the model cards of networks that read expressions, from their manifests and result files:
//
//   node scripts/write-cards.js           rewrites models/*/MODEL_CARD.md
//   node scripts/write-cards.js --check   fails when a card differs from its result files
//
// Cards of detectors are written by hand. `node scripts/measure-model.js` fills the result files.
// @ts-check
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { toModelCard } from './ship/model-card.js';

const MODELS = new URL('../models/', import.meta.url);

/**
 * @param {boolean} [check]  only compare
 * @returns {Promise<string[]>} ids of the models whose cards were out of date
 */
export async function writeCards(check = false) {
  const stale = [];
  for (const id of readdirSync(MODELS)) {
    const results = new URL(`${id}/results/`, MODELS);
    if (!existsSync(new URL('fer2013-publictest.json', results))) continue;
    /** @param {string} path */
    const read = (path) => {
      const file = new URL(path, MODELS);
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    };
    const card = new URL(`${id}/MODEL_CARD.md`, MODELS);
    const text = await format(
      toModelCard({
        manifest: read(`${id}/manifest.json`),
        publicTest: read(`${id}/results/fer2013-publictest.json`),
        heldOut: read(`${id}/results/held-out.json`),
        posed: read(`${id}/results/posed.json`),
        inFrames: read(`${id}/results/in-frames.json`),
        hasCropGeometry: existsSync(new URL('crop-geometry.json', results)),
      }),
      { ...(await resolveConfig(fileURLToPath(card))), parser: 'markdown' },
    );
    if (existsSync(card) && readFileSync(card, 'utf8') === text) continue;
    stale.push(id);
    if (!check) writeFileSync(card, text);
  }
  return stale;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale = await writeCards(check);
  if (check && stale.length > 0) {
    console.error(
      `model cards of ${stale.join(', ')} differ from their result files; run node scripts/write-cards.js`,
    );
    process.exitCode = 1;
  }
}
