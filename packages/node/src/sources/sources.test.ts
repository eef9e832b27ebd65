/** Times, intervals and kinds of files; reading real videos is tested with the command. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HAS_FFMPEG } from '../testing/make-video.js';
import { isVideo } from './file-kinds.js';
import { toDecoderThreads, toReduction } from './frame-filters.js';
import { parseDirectShowCameras, toDeviceArguments } from './open-camera.js';
import { parseInterval, parseTime } from './parse-time.js';
import { createSampler, toFilters } from './sampling.js';
import type { Sampling } from './source.js';

describe('a time', () => {
  it.each([
    '',
    ' ',
    '-1s',
    '1:75',
    '1:2',
    '99:99:99',
    '1e3',
    'soon',
    '5 s',
    '1:00:00:00',
    'Infinity',
    '9999999h',
  ])('is not %j', (text) => {
    expect(() => parseTime(text)).toThrow('such as 250ms, 90s, 1:30');
  });
  it.each([
    ['0', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5s', 1500],
    ['2min', 120_000],
    ['2h', 7_200_000],
    ['1:30', 90_000],
    ['1:02:03.5', 3_723_500],
  ])('is %j, %d ms', (text, timeMs) => {
    expect(parseTime(text)).toBe(timeMs);
  });
  it.each(['200', '1.5'])('refuses %s without a unit, and offers two', (text) => {
    expect(() => parseTime(text)).toThrow(`It needs a unit: ${text}ms or ${text}s.`);
  });
  it('between samples is at least 1 ms', () => {
    expect(() => parseInterval('0.5ms')).toThrow('at least 1ms');
  });
});

describe('sampling', () => {
  const CASES: Sampling[] = [
    {},
    { everyMs: 200 },
    { everyMs: 100 / 3 },
    { everyMs: 250, fromMs: 433 },
    { everyMs: 1000, toMs: 2500 },
    { fromMs: 500, toMs: 1500 },
    { afterMs: 8700 / 3 },
    { everyMs: 200, afterMs: 1000 },
    { everyMs: 200, fromMs: 300, afterMs: 700 },
  ];
  /** As decoders give them: 30 frames a second for 4 s, counted in 1/15360 s. */
  const times = Array.from({ length: 120 }, (_, index) => (index * 512 * 1000) / 15_360);

  it('takes the first frame of every interval, and each frame without one', () => {
    const choose = (sampling: Sampling, from = times) => from.filter(createSampler(sampling));
    expect(choose({})).toEqual(times);
    expect(choose({ everyMs: 1000 })).toEqual([0, 1000, 2000, 3000]);
    expect(choose({ everyMs: 1000 }, [0, 990, 1010, 1990, 5000, 5001])).toEqual([0, 1010, 5000]);
    // Going on after any moment that was chosen gives the rest.
    for (const sampling of CASES) {
      const whole = choose(sampling);
      whole.forEach((afterMs, index) => {
        expect(choose({ ...sampling, afterMs })).toEqual(whole.slice(index + 1));
      });
    }
  });

  it.skipIf(!HAS_FFMPEG)('is the same in ffmpeg (skipped where it is not installed)', async () => {
    for (const sampling of CASES) {
      const filters = ['settb=1/15360', 'setpts=N*512', ...toFilters(sampling), 'showinfo=checksum=0'].join(
        ',',
      );
      const input = ['-f', 'lavfi', '-i', 'color=size=16x16:rate=30:duration=4'];
      const args = ['-nostdin', ...input, '-vf', filters, '-fps_mode', 'passthrough', '-f', 'null', '-'];
      const { stderr } = await promisify(execFile)('ffmpeg', args);
      const chosen = [...stderr.matchAll(/ n: *\d+ pts: *(\d+)/g)].map(
        ([, pts]) => (Number(pts) * 1000) / 15_360,
      );
      expect({ sampling, chosen }).toEqual({ sampling, chosen: times.filter(createSampler(sampling)) });
    }
  });
});

describe('a file', () => {
  const bytes = (text: string) => Buffer.from(text.padEnd(16, '\0'), 'latin1');
  it.each<[string, string, boolean]>([
    ['\0\0\0\x20ftypisom', 'clip', true],
    ['\0\0\0\x20ftypavif', 'still.avif', false],
    ['\x1a\x45\xdf\xa3', 'clip.jpg', true],
    ['\xff\xd8\xff\xe0', 'really-a-picture.mp4', false],
    ['RIFF....WEBP', 'x', false],
    ['RIFF....AVI ', 'x', true],
    ['who knows', 'raw.H264', true],
    ['who knows', 'notes.txt', false],
    ['', 'noname', false],
  ])('that begins with %j and is called %s: video %s', (head, name, expected) => {
    expect(isVideo(bytes(head), name)).toBe(expected);
  });
});

describe('a camera', () => {
  it('is a device of each system', async () => {
    const avfoundation = ['-f', 'avfoundation', '-framerate', '30', '-i', '0:none'];
    expect(await toDeviceArguments('camera:0', '0', 'darwin')).toEqual(avfoundation);
    const byName = ['-f', 'dshow', '-i', 'video=Integrated Camera'];
    expect(await toDeviceArguments('camera:x', 'Integrated Camera', 'win32')).toEqual(byName);
    expect(await toDeviceArguments('camera:x', '/dev/null', 'linux')).toEqual([
      '-f',
      'v4l2',
      '-i',
      '/dev/null',
    ]);
    await expect(toDeviceArguments('camera:97', '97', 'linux')).rejects.toThrow(
      'camera:97: there is no camera /dev/video97; connect it, or name another',
    );
  });

  it.each([
    [
      '5.0 on',
      ['"Cam" (video)', '  Alternative name "@device_pnp_x"', '"Both" (audio, video)', '"Mic" (audio)'],
    ],
    [
      'before',
      [
        'DirectShow video devices (some may be both)',
        ' "Cam"',
        '    Alternative name "@x"',
        ' "Both"',
        'DirectShow audio devices',
        ' "Mic"',
      ],
    ],
  ])('has a number in the order of DirectShow, ffmpeg %s', (_, lines) => {
    expect(parseDirectShowCameras(lines.map((line) => `[dshow @ 0000] [info] ${line}`))).toEqual([
      'Cam',
      'Both',
    ]);
  });
});

it('halves frames from 5K on, and lets few threads hold frames as large', () => {
  const sizes = [
    [1920, 1080],
    [3840, 2160],
    [4096, 2304],
    [5120, 2880],
    [7680, 4320],
    [12_288, 6912],
  ] as const;
  expect(sizes.map(([width, height]) => toReduction(width, height))).toEqual([1, 1, 1, 2, 2, 4]);
  expect(toDecoderThreads(1920, 1080, 16)).toEqual([]);
  expect(toDecoderThreads(3840, 2160, 16)).toEqual(['-threads', '7']);
  expect(toDecoderThreads(7680, 4320, 16)).toEqual(['-threads', '1']);
});
