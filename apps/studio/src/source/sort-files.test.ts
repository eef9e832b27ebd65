import { describe, expect, it } from 'vitest';
import { sortFiles } from './sort-files.js';

const file = (name: string, type = '') => ({ name, type });
const sort = (...files: ReturnType<typeof file>[]) => {
  const { models, shown, leftOut } = sortFiles(files);
  const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name);
  return {
    models: names(models),
    [shown.kind]: shown.kind === 'pictures' ? names(shown.files) : shown.file.name,
    leftOut: names(leftOut),
  };
};

describe('files that are opened together', () => {
  it('are all pictures, whatever their types', () => {
    expect(sort(file('a.jpg', 'image/jpeg'), file('b.heic'), file('.DS_Store'))).toEqual({
      models: [],
      pictures: ['a.jpg', 'b.heic'],
      leftOut: [],
    });
  });

  it('are a video where there are no pictures, and others are left out', () => {
    expect(sort(file('a.mp4', 'video/mp4'), file('b.mkv'))).toEqual({
      models: [],
      video: 'a.mp4',
      leftOut: ['b.mkv'],
    });
  });

  it('are the pictures of a folder, without its videos and texts', () => {
    const folder = [
      file('1.jpg', 'image/jpeg'),
      file('1.mov', 'video/quicktime'),
      file('read.me', 'text/plain'),
    ];
    expect(sort(...folder)).toEqual({ models: [], pictures: ['1.jpg'], leftOut: ['1.mov', 'read.me'] });
  });

  it('may be models and pictures', () => {
    expect(sort(file('a.onnx'), file('a.onnx.data'), file('b.png', 'image/png'))).toEqual({
      models: ['a.onnx', 'a.onnx.data'],
      pictures: ['b.png'],
      leftOut: [],
    });
  });

  it.each([
    ['model.json', 'shard.bin'],
    ['weights.safetensors', 'manifest.json'],
  ])('may be a model of several files: %s and %s', (...names) => {
    expect(sort(...names.map((name) => file(name)))).toEqual({ models: names, pictures: [], leftOut: [] });
  });

  it('are a session where one is among them, and pictures are left out', () => {
    expect(sort(file('a.png', 'image/png'), file('session.mien.json', 'application/json'))).toEqual({
      models: [],
      session: 'session.mien.json',
      leftOut: ['a.png'],
    });
  });

  it('are FER2013 where it is among them', () => {
    expect(sort(file('fer2013.csv.gz'), file('notes.txt', 'text/plain'))).toEqual({
      models: [],
      csv: 'fer2013.csv.gz',
      leftOut: ['notes.txt'],
    });
  });

  it('are named one by one where none may be a picture', () => {
    expect(sort(file('a.txt', 'text/plain'))).toEqual({ models: [], pictures: ['a.txt'], leftOut: [] });
  });
});
