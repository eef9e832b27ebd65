// The page's side of train-model.js. Called by the test.
import { trainOnCsv } from './train-model.js';

globalThis.trainOnCsv = trainOnCsv;
