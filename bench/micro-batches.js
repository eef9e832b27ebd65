// What micro-batches could gain in the service: one call of the network for the faces of several waiting pictures, in place of
// one call for each. Prints the times, and the share of a picture's time that batches would save at most.
//
//   node bench/micro-batches.js
// @ts-check
import { readFile } from 'node:fs/promises';
import { createPredictor } from '@mien/core';
import { createAnalyzer } from '@mien/node';
import { resolveModel } from '@mien/node/models';
import sharp from 'sharp';
import { inputs, measure, report } from './measure.js';

const BATCH = 8;

const portrait = await readFile(new URL('../examples/eileen-collins.png', import.meta.url));
const picture = await sharp(portrait).jpeg().toBuffer();
const analyzer = await createAnalyzer({ model: 'nano' });
const predictor = await createPredictor(await resolveModel('mini-xception'));
const [one, several] = [inputs(1), inputs(BATCH)];

const whole = await measure(() => analyzer.analyze(picture));
const single = await measure(() => predictor.predict(one, 1));
const batch = await measure(() => predictor.predict(several, BATCH));
await analyzer.dispose();

const [pictureMs, singleMs, batchMs] = [whole.cpuMs, single.cpuMs, batch.cpuMs / BATCH];
report({ pictureMs, singleMs, batchMs, savedShare: (singleMs - batchMs) / pictureMs });
