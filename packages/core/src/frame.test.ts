import { describe, expect, it } from 'vitest';
import { checkFrame, type Frame } from './frame.js';

const frame: Frame = { width: 2, height: 3, channels: 3, data: new Uint8Array(18) };

describe('checkFrame', () => {
  it('returns the frame itself', () => {
    expect(checkFrame(frame)).toBe(frame);
    const clamped: Frame = { ...frame, channels: 4, data: new Uint8ClampedArray(24) };
    expect(checkFrame(clamped)).toBe(clamped);
  });

  it.each([
    [{ width: 0 }, 'frame: width must be a whole number from 1 to 32767, got 0'],
    [{ height: 2.5 }, 'frame: height must be a whole number from 1 to 32767, got 2.5'],
    [{ height: undefined }, 'frame: height must be a whole number from 1 to 32767, got undefined'],
    [
      { channels: 2, data: new Uint8Array(12) },
      'frame: channels must be 1 (grey), 3 (RGB) or 4 (RGBA), got 2',
    ],
    [{ data: new Uint8Array(17) }, 'frame: 2×3×3 needs 18 samples, got 17'],
    [
      { data: new Float32Array(18) },
      'frame: data must be a Uint8Array or Uint8ClampedArray, got Float32Array',
    ],
    [{ data: 'x'.repeat(18) }, 'frame: data must be a Uint8Array or Uint8ClampedArray, got String'],
    [{ data: undefined }, 'frame: data must be a Uint8Array or Uint8ClampedArray, got Undefined'],
  ])('refuses %o', (change, message) => {
    expect(() => checkFrame({ ...frame, ...change } as Frame)).toThrow(message);
  });
});
