import { describe, expect, it } from 'vitest';
import { TEACH_DEFAULTS, type TeachSettings } from './teach-settings.js';
import { THEMES } from '../../../shared/style/theme.js';
import { DETECTORS, readAddress, toAddress, type Settings } from './address.js';

const TAUGHT: TeachSettings = {
  ...{
    start: 'scratch',
    trainable: 'all',
    epochs: 7,
    learningRate: 0.0005,
    augments: false,
    heldOut: 0.25,
    seed: 0,
  },
};

describe('the settings in the address', () => {
  it('come back as they were written, for every setting and browser language', () => {
    for (const preferred of ['en-GB', 'zh-CN', 'de'])
      for (const language of ['en', 'zh'] as const)
        for (const theme of THEMES)
          for (const detector of DETECTORS)
            for (const flag of [true, false]) {
              const settings: Settings = {
                ...{ language, theme, detector, mirror: flag, isRailFolded: !flag, isWhyShown: flag },
                models: flag ? ['nano'] : ['mini-xception', 'nano'],
                mode: flag ? 'teach' : 'read',
                teach: flag ? TEACH_DEFAULTS : TAUGHT,
              };
              expect(readAddress(toAddress(settings, preferred), preferred)).toEqual(settings);
            }
  });

  it('leave an empty query for the defaults', () => {
    expect(toAddress(readAddress('', 'en'), 'en')).toBe('');
    expect(toAddress(readAddress('', 'zh-TW'), 'zh-TW')).toBe('');
  });

  it('fall back to the defaults where the address is not understood', () => {
    expect(
      readAddress(
        '?lang=xx&theme=pink&detector=none&mode=x&epochs=0&heldOut=2&seed=a&layers=none&models=mine,',
        'de',
      ),
    ).toEqual(readAddress('', 'en'));
  });
});
