/** The built command with `--plot --report`: which files it writes, their content, and resuming after a kill. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bars,
  ffmpeg,
  HAS_FFMPEG,
  makePortraitVideo,
  PORTRAIT,
} from '../../../node/src/testing/make-video.js';
import { errorsOf, MIEN, runMien } from '../testing/run-mien.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
/** Haar is fast on every machine. */
const SETTINGS = ['--detector', 'haar', '--format', 'csv'];
async function analyze(...args: string[]) {
  const { stderr, ...outcome } = await runMien(['analyze', ...args, ...SETTINGS], { cwd: folder });
  return { ...outcome, stderr: errorsOf(stderr), notices: stderr };
}
const readText = (name: string) => readFile(inFolder(name), 'utf8');

/** All files below a folder with their content, except the settings. */
async function contentsOf(name: string): Promise<Map<string, string>> {
  const files = await readdir(inFolder(name), { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const wanted = paths.filter((path) => !/[.]mien-[a-z]+[.](nd)?json$/.test(path)).sort();
  const contents = await Promise.all(wanted.map((path) => readFile(path, 'latin1')));
  return new Map(wanted.map((path, index) => [path.slice(inFolder(name).length + 1), contents[index] ?? '']));
}

/** Everything that a browser would fetch, run or follow. */
function reachesOut(html: string): string[] {
  return [
    ...html.matchAll(/(?:src|href|action|data)="(?!data:)[^"]*"|<script|<iframe|@import|url\((?!#)[^)]*\)/g),
  ].map(([text]) => text);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-report-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(['--plot', '--report'])(
  '%s without a folder is wrong usage, and no source is read',
  async (option) => {
    expect(await analyze('absent.mp4', option)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `mien: ${option}: writes files to a folder; add --out DIR\n`,
    });
  },
);

describe('pictures', () => {
  beforeAll(async () => {
    await mkdir(inFolder('album/below'), { recursive: true });
    await sharp(PORTRAIT).resize(256).toFile(inFolder('album/a.jpg'));
    await sharp(PORTRAIT).resize(200).grayscale().toFile(inFolder('album/below/<b>&.png'));
    await sharp({ create: { width: 64, height: 64, channels: 3, background: 'grey' } }).toFile(
      inFolder('album/none.png'),
    );
    await writeFile(inFolder('album/bad.jpg'), 'no picture');
  });
  const REPORT = 'pictures.report.html';

  it('share one report, which shows their faces and names unreadable files', async () => {
    const { exitCode, stderr } = await analyze('album', '--report', '--out', 'pages');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^mien: album\/bad\.jpg: [^\n]*\nmien: 1 of 4 sources failed\n$/,
      ) as string,
    });
    const contents = await contentsOf('pages');
    expect([...contents.keys()]).toEqual(['a.jpg.csv', 'below/<b>&.png.csv', 'none.png.csv', REPORT]);
    const page = await readText(`pages/${REPORT}`);
    // Links to its pictures, which are only followed by a click.
    expect(reachesOut(page)).toEqual([
      'href="./../album/a.jpg"',
      'href="./../album/below/%3Cb%3E%26.png"',
      'href="./../album/none.png"',
    ]);
    expect(page).toContain('<h1>Expressions in 3 pictures</h1>');
    expect(
      page.match(/<img src="data:image\/jpeg;base64,[^"]{500,}" alt="Face in [^"]+, read as happy/g),
    ).toHaveLength(2);
    expect(page).toContain('below/&lt;b&gt;&amp;.png');
    expect(page).toMatch(
      /<h2>Without a face<\/h2>\s*<ul class="names">\s*<li><a href="[^"]+">none\.png<\/a><\/li>/,
    );
    expect(page).toMatch(/<li>bad\.jpg: holds no readable picture/);
    expect(page).not.toContain(folder);
  });

  it('have no timeline, which is reported once', async () => {
    const { exitCode, stderr } = await analyze('album/a.jpg', 'album/none.png', '--plot', '--out', 'plots');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'mien: --plot: there was no video; pictures have no timeline\n',
    });
    expect([...(await contentsOf('plots')).keys()]).toEqual(['a.jpg.csv', 'none.png.csv']);
  });

  it('are analysed again only if the report lacks some of them', async () => {
    const args = ['album/a.jpg', 'album/none.png', '--report', '--out', 'grown', '--resume'];
    await analyze(...args);
    const written = await stat(inFolder(`grown/${REPORT}`));
    await analyze(...args);
    expect((await stat(inFolder(`grown/${REPORT}`))).mtimeMs).toBe(written.mtimeMs);
    await analyze('album/below/<b>&.png', ...args);
    expect(await readText(`grown/${REPORT}`)).toContain('<h1>Expressions in 3 pictures</h1>');
    expect([...(await contentsOf('grown')).keys()].filter((name) => name.endsWith('.journal'))).toEqual([]);
  });

  it('keep their journals for the report, also if the process is killed before it is written', async () => {
    const args = ['album/a.jpg', 'album/below/<b>&.png', '--report', '--out'];
    await analyze(...args, 'page-whole');
    // As if the process was killed before the last picture: the first one is finished except for the report.
    await analyze('album/a.jpg', '--report', '--out', 'page-killed');
    const child = spawn(process.execPath, [MIEN, 'analyze', ...args, 'page-killed', ...SETTINGS], {
      cwd: folder,
    });
    const closed = once(child, 'close');
    const isThere = async () =>
      (await stat(inFolder('page-killed/below')).catch(() => undefined)) !== undefined;
    while (!(await isThere()) && child.exitCode === null) await setTimeout(2);
    child.kill('SIGKILL');
    await closed;
    await analyze(...args, 'page-killed', '--resume');
    expect(await contentsOf('page-killed')).toEqual(await contentsOf('page-whole'));
  });

  it('give the same report with any number of jobs', async () => {
    await analyze('album', '--report', '--out', 'jobs', '--jobs', '3');
    expect(await contentsOf('jobs')).toEqual(await contentsOf('pages'));
  });
});

describe.skipIf(!HAS_FFMPEG)('a video (skipped where ffmpeg is not installed)', () => {
  const BOTH = ['--plot', '--report'];
  beforeAll(async () => {
    await makePortraitVideo(inFolder('talk.mp4'), 4);
    await ffmpeg(...bars('64x48', 10, 1), '-pix_fmt', 'yuv420p', inFolder('bars.mp4'));
  });

  it('gets a timeline and a report beside its output', async () => {
    const { exitCode, stdout, stderr, notices } = await analyze(
      'talk.mp4',
      '--every',
      '200ms',
      ...BOTH,
      '--out',
      'results',
    );
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(notices).toMatch(/^wrote 4 files to results$/m);
    expect([...(await contentsOf('results')).keys()]).toEqual([
      ...['talk.mp4.csv', 'talk.mp4.report.html', 'talk.mp4.timeline.png', 'talk.mp4.timeline.svg'],
    ]);
    const page = await readText('results/talk.mp4.report.html');
    expect(reachesOut(page)).toEqual([]);
    expect(page).toContain('<h1>Expressions in talk.mp4</h1>');
    expect(page).toMatch(/aria-label="Timeline of person 1, seen from 0:00\.\d to 0:03\.8: happy in \d+ %/);
    expect(page).toMatch(
      /<img src="data:image\/jpeg;base64,[^"]{500,}" alt="Person 1 at 0:0\d\.\d, read as happy"/,
    );
    expect(page).toContain('This file contains pictures of people');
    expect(page).not.toContain(folder);
    expect(page).not.toContain('not analysed to its end');
    const [svg, png] = await Promise.all(
      ['svg', 'png'].map((ending) => sharp(inFolder(`results/talk.mp4.timeline.${ending}`)).metadata()),
    );
    expect([svg?.width, png?.width]).toEqual([1280, 2560]);
  });

  it('has the same counts in the report as in the output', async () => {
    const { stdout } = await runMien(
      ['analyze', 'talk.mp4', '--every', '200ms', '--detector', 'haar', '--format', 'json'],
      { cwd: folder },
    );
    const moments = JSON.parse(stdout) as {
      faces: { id?: number; unsure: boolean; smoothed: { expression: string } }[];
    }[];
    const faces = moments.flatMap((moment) => moment.faces).filter(({ id }) => id === 1);
    const happy = faces.filter(({ unsure, smoothed }) => !unsure && smoothed.expression === 'happy').length;
    const page = await readText('results/talk.mp4.report.html');
    expect(page).toContain(`of ${moments.length} frames`);
    expect(happy).toBeGreaterThan(5);
    expect(page).toMatch(
      new RegExp(
        `<th scope="row">happy</th>.*?</td><td class="figure" data-column="frames">\\s*${happy}\\s*</td>`,
        's',
      ),
    );
  });

  it('without a face, or without a frame, is not an error', async () => {
    const { exitCode, stderr } = await analyze('bars.mp4', ...BOTH, '--out', 'faceless');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await readText('faceless/bars.mp4.report.html')).toContain('No face was found in 10 frames.');
    expect(await readText('faceless/bars.mp4.timeline.svg')).toContain('No face was found.');
    const late = await analyze('bars.mp4', ...BOTH, '--out', 'late', '--from', '1:00');
    expect({ exitCode: late.exitCode, files: [...(await contentsOf('late')).keys()] }).toEqual({
      exitCode: 0,
      files: ['bars.mp4.csv'],
    });
  });

  it('in the output folder does not make its own timeline a source', async () => {
    await mkdir(inFolder('here'));
    await ffmpeg('-t', '1', '-i', inFolder('talk.mp4'), '-c', 'copy', inFolder('here/talk.mp4'));
    await analyze('here', '--plot', '--out', 'here');
    const before = await contentsOf('here');
    await analyze('here', '--plot', '--out', 'here');
    expect(await contentsOf('here')).toEqual(before);
    expect(before.size).toBe(4);
  });

  it('that is cut short has a report that says so', async () => {
    await ffmpeg('-i', inFolder('talk.mp4'), '-c', 'copy', '-movflags', '+faststart', inFolder('cut.mp4'));
    await truncate(inFolder('cut.mp4'), Math.floor((await stat(inFolder('cut.mp4'))).size * 0.6));
    const { exitCode } = await analyze('cut.mp4', ...BOTH, '--out', 'cut');
    expect(exitCode).toBe(1);
    expect(await readText('cut/cut.mp4.report.html')).toContain('The recording was not analysed to its end');
  });

  it('can have markup in its name', async () => {
    const name = `<img src=x onerror=alert(1)>"'&.mp4`;
    await ffmpeg('-t', '1', '-i', inFolder('talk.mp4'), '-c', 'copy', '-f', 'mp4', inFolder(name));
    await analyze(name, ...BOTH, '--out', 'hostile');
    const page = await readText(`hostile/${name}.report.html`);
    expect(reachesOut(page)).toEqual([]);
    expect(page.match(/<img /g)?.length ?? 0).toBe(page.match(/<img src="data:/g)?.length ?? 0);
    expect(page).toContain('<h1>Expressions in &lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;.mp4</h1>');
    expect(await readText(`hostile/${name}.timeline.svg`)).not.toContain('<img');
  });

  it('resumed after SIGKILL ends with the same reports, including their pictures', async () => {
    await ffmpeg('-stream_loop', '3', '-i', inFolder('talk.mp4'), '-c', 'copy', inFolder('long.mp4'));
    const args = ['long.mp4', 'bars.mp4', ...BOTH, '--out'];
    await analyze(...args, 'whole');
    const journal = inFolder('killed/long.mp4.csv.journal');
    for (const enoughLines of [8, 70]) {
      const child = spawn(process.execPath, [MIEN, 'analyze', ...args, 'killed', '--resume', ...SETTINGS], {
        cwd: folder,
      });
      const closed = once(child, 'close');
      const countLines = async () => (await readFile(journal, 'utf8').catch(() => '')).split('\n').length;
      while ((await countLines()) < enoughLines && child.exitCode === null) await setTimeout(5);
      child.kill('SIGKILL');
      await closed;
    }
    expect(await readFile(journal, 'utf8')).toContain('"pictures":{"0":"/9j/');
    const { exitCode, stderr } = await analyze(...args, 'killed', '--resume');
    expect({ exitCode, errors: stderr }).toEqual({ exitCode: 0, errors: '' });
    expect(await contentsOf('killed')).toEqual(await contentsOf('whole'));
    const other = await analyze('long.mp4', 'bars.mp4', '--plot', '--out', 'killed', '--resume');
    expect(other.stderr).toMatch(/^mien: --resume: killed was begun with other settings/);
  });
});
