import { describe, expect, it } from 'vitest';
import { detectModelFormat, toFileName } from './model-format.js';

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('the format of a model file', () => {
  it.each([
    ['mienhaar\x01', 'haar'],
    ['\x89HDF\r\n\x1a\n\0', 'hdf5'],
    ['PK\x03\x04\x14', 'keras'],
    ['\x20\0\0\0TFL3\0', 'tflite'],
    ['\x88\x06\0\0\0\0\0\0{"graph"', 'safetensors'],
    // A length whose first byte is that of ONNX files.
    ['\x08\x06\0\0\0\0\0\0{"graph"', 'safetensors'],
    ['\x08\x08\x12\x04mien', 'onnx'],
    ['{', 'json'],
  ])('is detected by its first bytes: %j', (text, format) => {
    expect(detectModelFormat(bytesOf(text))).toBe(format);
  });

  it.each(['', 'PK', '<!doctype html>'])('is unknown for files that start with %j', (text) => {
    expect(detectModelFormat(bytesOf(text))).toBeUndefined();
  });

  it.each([
    ['runs/mine.ONNX', 'onnx', 'runs/mine.ONNX'],
    ['runs/mine.h5', 'hdf5', 'runs/mine.h5'],
    ['model', 'tflite', 'model.tflite'],
    ['mine.bin', 'safetensors', 'mine.bin.safetensors'],
  ] as const)('adds the extension to %s (%s)', (source, format, name) => {
    expect(toFileName(source, format)).toBe(name);
  });
});
