// Writes the table of docs/FORMATS.md from the cases that the tests read: `node scripts/write-formats.js`, `--check` compares.
// @ts-check
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { importModelFile } from '@mien/formats/model-file';
import { format, resolveConfig } from 'prettier';
import { FORMAT_CASES, outcomeOf } from './formats/cases.js';

const PATH = fileURLToPath(new URL('../docs/FORMATS.md', import.meta.url));
const [START, END] = ['<!-- formats:start -->', '<!-- formats:end -->'];

/** The document with its table written anew. */
export async function writeFormats() {
  const before = await readFile(PATH, 'utf8');
  const rows = [];
  for (const one of FORMAT_CASES) {
    const refusal = await outcomeOf(one, importModelFile);
    rows.push(
      `| ${one.format} | ${one.what} | ${refusal === undefined ? 'read' : `refused: ${refusal.replaceAll('|', '/')}`} |`,
    );
  }
  const table = ['| format | file | |', '| --- | --- | --- |', ...rows].join('\n');
  const [head, , tail] = [before.split(START)[0], '', before.split(END)[1]];
  const text = `${head}${START}\n\n${table}\n\n${END}${tail}`;
  return { before, after: await format(text, { ...(await resolveConfig(PATH)), parser: 'markdown' }) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { before, after } = await writeFormats();
  if (!process.argv.includes('--check')) await writeFile(PATH, after);
  else if (before !== after) throw new Error('docs/FORMATS.md is out of date: node scripts/write-formats.js');
}
