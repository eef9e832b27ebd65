// The faces of a picture in three lines: node examples/quick-start.js [picture]
// @ts-check
import { createAnalyzer } from '@mien/node';

const mien = await createAnalyzer();
const { faces } = await mien.analyze(process.argv[2] ?? new URL('eileen-collins.png', import.meta.url));
console.log(faces.map(({ expression }) => expression)); // [ 'happy' ]
