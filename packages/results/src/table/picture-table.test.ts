import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../../cli/src/terminal/terminal.js';
import type { FrameResult } from '../frame-result.js';
import { GOOD_QUALITY } from '../testing/good-quality.js';
import { toTable } from './picture-table.js';
import type { TextLayout } from './text-layout.js';

const ANALYSIS: FrameResult = {
  source: 'portrait.png',
  width: 512,
  height: 384,
  model: 'mini-xception',
  detector: 'haar',
  faces: [
    {
      box: { x: 183, y: 69, width: 132, height: 131 },
      score: 15,
      probabilities: { sad: 0.0625, happy: 0.9375, neutral: 0 },
      expression: 'happy',
      quality: GOOD_QUALITY,
      unsure: false,
    },
  ],
};
const plain = (columns: number): TextLayout => ({ columns, style: (_, text) => text });

describe('toTable', () => {
  it('shows every probability as a bar exact to an eighth, and marks the highest', () => {
    expect(toTable(ANALYSIS, plain(80))).toBe(
      [
        'portrait.png  512×384  1 face',
        '1  happy  at 183,69  132×131',
        '     sad       6.3 %  █▉',
        '   ▸ happy    93.8 %  ████████████████████████████▏',
        '     neutral   0.0 %',
        '',
        '',
      ].join('\n'),
    );
  });

  it.each([80, 40, 31, 27, 20, 10, 1])('keeps its bars within %i columns, or leaves them out', (columns) => {
    const faces = [{ ...ANALYSIS.faces[0]!, probabilities: { sad: 0, happy: 1, neutral: 0 } }];
    const rows = toTable({ ...ANALYSIS, faces }, plain(columns))
      .split('\n')
      .filter((row) => row.includes('▸'));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain('happy');
    expect(rows[0]!.length).toBeLessThanOrEqual(Math.max(columns, '   ▸ happy   100.0 %'.length));
  });

  it('says which reading is not to be relied on, and why', () => {
    const [face] = ANALYSIS.faces;
    const faces = [
      { ...face!, unsure: true, probabilities: { sad: 0.351, happy: 0.625, neutral: 0.024 } },
      { ...face!, unsure: true, quality: { ...GOOD_QUALITY, verdict: 'small' as const } },
    ];
    const heads = toTable({ ...ANALYSIS, faces }, plain(80)).match(/^\d.*$/gm);
    expect(heads).toEqual([
      '1  happy  unsure: happy leads sad by only 27.4 points  at 183,69  132×131',
      '2  happy  unsure: face too small  at 183,69  132×131',
    ]);
  });

  it('says when there is no face', () => {
    expect(toTable({ ...ANALYSIS, faces: [] }, plain(80))).toBe('portrait.png  512×384  no face found\n\n');
  });

  it('does not let a name move the cursor', () => {
    expect(toTable({ ...ANALYSIS, source: 'a\u001b[2J\n.png', faces: [] }, plain(80))).toMatch(
      /^a\?\[2J\?\.png {2}512/,
    );
  });
});

describe('createTerminal', () => {
  const stream = (properties: object) => properties as NodeJS.WritableStream;
  const styled = (properties: object, environment: NodeJS.ProcessEnv) =>
    createTerminal(stream(properties), environment).style('bold', 'x') !== 'x';

  it('colours terminals only, unless NO_COLOR says otherwise', () => {
    expect(styled({ isTTY: true }, {})).toBe(true);
    expect(styled({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(styled({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(styled({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(styled({}, {})).toBe(false);
  });

  it('takes 80 columns where none are known', () => {
    expect(createTerminal(stream({ isTTY: true, columns: 132 })).columns).toBe(132);
    expect(createTerminal(stream({ isTTY: true, columns: 0 })).columns).toBe(80);
    expect(createTerminal(stream({})).columns).toBe(80);
  });
});
