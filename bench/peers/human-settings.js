// Human at its best for what we measure: faces and expressions only, each frame anew. Read by Node and by pages.
const off = { enabled: false };

export const HUMAN_SETTINGS = {
  backend: 'wasm',
  cacheSensitivity: 0,
  filter: off,
  face: {
    enabled: true,
    detector: { rotation: false, maxDetected: 50, skipFrames: 0, skipTime: 0 },
    mesh: off,
    iris: off,
    description: off,
    emotion: { enabled: true, skipFrames: 0, skipTime: 0 },
    antispoof: off,
    liveness: off,
  },
  body: off,
  hand: off,
  object: off,
  gesture: off,
  segmentation: off,
};
