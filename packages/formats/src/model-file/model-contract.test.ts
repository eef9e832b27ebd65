import { describe, expect, it } from 'vitest';
import { toContract } from './model-contract.js';

describe('toContract', () => {
  it('keeps what a person states of a model, and nothing else', () => {
    const settings = { labels: ['a', 'b'], inputRange: [-1, 1], inputMean: [0.5], threads: 2 } as const;
    expect(toContract(settings)).toEqual({
      labels: ['a', 'b'],
      inputRange: [-1, 1],
      normalization: { mean: [0.5] },
    });
    expect(toContract({})).toEqual({});
  });

  it.each<[string, unknown, RegExp]>([
    ['labels', ['a', 'b', 'a'], /^labels: must be names that differ, got \["a","b","a"\]$/],
    ['labels', ['a', ' '], /names that differ/],
    ['labels', 'a,b', /names that differ, got "a,b"/],
    ['inputRange', [1, 1], /^inputRange: must be two different numbers, got \[1,1\]$/],
    ['inputRange', [0], /got \[0\]/],
    ['inputRange', [NaN, 1], /got \["NaN",1\]/],
    ['inputRange', 'x', /two different numbers, got "x"/],
    ['inputMean', [0.5, Infinity], /^inputMean: must be one number for each channel/],
    ['inputStd', [0], /^inputStd: must be one number above 0 for each channel, got \[0\]/],
    ['channelOrder', 'GRB', /^channelOrder: must be RGB or BGR, got "GRB"/],
    ['inputLayout', 'NWHC', /^inputLayout: must be NHWC or NCHW, got "NWHC"/],
    ['outputs', 'scores', /^outputs: must be one of probabilities, logits/],
  ])('refuses %s %j', (name, value, message) => {
    const refuse = () => toContract({ [name]: value });
    expect(refuse).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(refuse).toThrow(message);
  });
});
