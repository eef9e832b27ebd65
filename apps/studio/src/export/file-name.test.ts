import { describe, expect, it, vi } from 'vitest';
import type { Scene } from '../state/scene.js';

// The scene itself needs a page.
vi.mock('../state/scene.js', () => ({ scene: { peek: () => ({ kind: 'empty' }) } }));
const { nameOfScene } = await import('./file-name.js');

const NOW = new Date(2026, 6, 4, 9, 5, 30);
const SIZE = { durationMs: 1000, width: 1, height: 1 };
const pictures = (...names: string[]): Scene => ({
  kind: 'pictures',
  index: 0,
  pictures: names.map((name, id) => ({ id, name, url: '', results: new Map() })),
});

describe('nameOfScene', () => {
  it.each<[string, Scene, string]>([
    ['a picture', pictures('class.of.24.jpg'), 'class.of.24'],
    ['several pictures', pictures('one.png', 'two.png', 'three.png'), 'one-and-2-more'],
    ['a name without an ending', pictures('.hidden'), '.hidden'],
    ['a video', { kind: 'video', name: 'talk.mp4', file: new Blob(), url: '', ...SIZE }, 'talk'],
    [
      "a camera's recorded video",
      { kind: 'video', name: 'camera.webm', file: new Blob(), url: '', readBy: [], ...SIZE },
      'camera-2026-07-04-090530',
    ],
    [
      "a camera's session",
      { kind: 'session', name: 'camera', savedModels: [], posters: [], isOfCamera: true, ...SIZE },
      'camera-2026-07-04-090530',
    ],
    [
      'a session that was opened',
      { kind: 'session', name: 'talk.mp4', savedModels: [], posters: [], ...SIZE },
      'talk',
    ],
  ])('of %s', (_, scene, name) => {
    expect(nameOfScene(scene, NOW)).toBe(name);
  });
});
