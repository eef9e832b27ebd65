/**
 * Programs in a README: each block of `js` that begins with an import (others are parts of programs), and the block of
 * `text` right after it, if that is what it prints.
 */

export interface ReadmeExample {
  /** Of the block's first line, counted from 1. */
  readonly line: number;
  readonly code: string;
  readonly output?: string;
}

const FENCE = '```';

export function readExamples(markdown: string): ReadmeExample[] {
  const lines = markdown.split('\n');
  const blocks: { language: string; line: number; text: string }[] = [];
  for (let index = 0; index < lines.length; index++) {
    const opening = lines[index] ?? '';
    if (!opening.startsWith(FENCE)) continue;
    const end = lines.indexOf(FENCE, index + 1);
    if (end === -1) throw new Error(`README: the block at line ${index + 1} does not end`);
    const text = lines
      .slice(index + 1, end)
      .map((line) => `${line}\n`)
      .join('');
    blocks.push({ language: opening.slice(FENCE.length), line: index + 2, text });
    index = end;
  }
  return blocks.flatMap(({ language, line, text }, index) => {
    if (language !== 'js' || !text.startsWith('import ')) return [];
    const next = blocks[index + 1];
    return [{ line, code: text, ...(next?.language === 'text' && { output: next.text }) }];
  });
}

/** The same program with `require` instead of `import`, as in a CommonJS file. */
export function toCommonJs(code: string): string {
  const body = code.replace(
    /^import\s+(?:\*\s+as\s+(\w+)|(\w+)|\{([^}]*)\})\s+from\s+('[^']+');$/gm,
    (
      _,
      namespace: string | undefined,
      standard: string | undefined,
      names: string | undefined,
      from: string,
    ) => {
      if (namespace !== undefined) return `const ${namespace} = require(${from});`;
      if (standard !== undefined) return `const ${standard} = ((it) => it.default ?? it)(require(${from}));`;
      return `const {${(names ?? '').replaceAll(' as ', ': ')}} = require(${from});`;
    },
  );
  if (/^import\s/m.test(body))
    throw new Error(`README: an import that the test cannot turn into require:\n${body}`);
  return `(async () => {\n${body}})();\n`;
}
