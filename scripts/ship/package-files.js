// The files that make a folder of models/ an npm package; those that exist stay as they are.
// @ts-check
import { copyFile, readFile, writeFile } from 'node:fs/promises';

const EXAMPLE = new URL('../../models/mini-xception/', import.meta.url);

/** @param {URL} folder @param {{ id: string, name: string, labels: readonly string[], cost: { parameters: number } }} manifest */
export async function writePackageFiles(folder, manifest) {
  const { id, name, labels, cost } = manifest;
  const example = JSON.parse(await readFile(new URL('package.json', EXAMPLE), 'utf8'));
  const files = {
    'package.json': `${JSON.stringify(
      {
        ...example,
        name: `@mien/model-${id}`,
        description: `The network ${id}, trained on FER2013: weights, manifest and model card for Mien.`,
      },
      null,
      2,
    )}\n`,
    'index.js': [
      `// URLs of the files of ${name}, which reads the expression of a face: file: URLs in Node, assets in a page.`,
      ...(await readFile(new URL('index.js', EXAMPLE), 'utf8')).split('\n').slice(1),
    ].join('\n'),
    'README.md': `# @mien/model-${id}

An expression classifier for Mien: ${name}, ${cost.parameters.toLocaleString('en-GB')} parameters, trained on FER2013. The package
holds weights, a manifest and a [model card](MODEL_CARD.md) with its accuracy and its limits. Read the card before you use
the model: it names the expression that a face shows, not what a person feels.

\`\`\`sh
mien analyze photo.jpg --model ${id}
\`\`\`

The main export says where the files are: \`file:\` URLs in Node, asset URLs in a page (\`manifestUrl\`, \`weightsUrl\`). Its labels
are ${labels.join(', ')}. Licence: MIT.
`,
  };
  for (const [file, content] of Object.entries(files)) {
    await writeFile(new URL(file, folder), content, { flag: 'wx' }).catch(keepExisting);
  }
  for (const file of ['index.d.ts', 'LICENSE']) {
    const from = new URL(file, EXAMPLE);
    if (from.href !== new URL(file, folder).href) await copyFile(from, new URL(file, folder));
  }
}

/** @param {NodeJS.ErrnoException} error */
function keepExisting(error) {
  if (error.code !== 'EEXIST') throw error;
}
