/** Every text of the window, in English. Other languages have the same keys: their type is this one. */
import { EXPRESSIONS } from '../../../shared/words/expressions.js';
import type { Disagreement } from '../state/match-face.js';
import { enVideo } from './en-video.js';
import { listNames, nameOnce } from './quantities.js';

const ALL: Readonly<Record<number, string>> = { 2: 'Both', 3: 'All three', 4: 'All four' };

export const en = {
  language: 'English',
  title: 'Mien Studio',
  tagline: 'Reads facial expressions. Everything stays on this device.',

  doors: {
    question: 'What would you like to open?',
    camera: 'Camera',
    cameraHint: 'Live, from this device. You are asked first.',
    files: 'Pictures or a video',
    filesHint: 'Choose files, drop them anywhere, or paste.',
    example: 'An example',
    exampleHint: 'A portrait from NASA, public domain.',
    teach: 'Or teach a network of your own: your labels, your pictures →',
    drop: 'Drop to open',
  },

  rail: {
    source: 'Source',
    models: 'Models',
    detector: 'Face detector',
    privacy: 'Privacy',
    fold: 'Fold the side bar',
    unfold: 'Unfold the side bar',
    openFiles: 'Open files…',
    openFolder: 'Open a folder…',
    startCamera: 'Start the camera',
    stop: 'Stop',
    pause: 'Pause',
    resume: 'Resume',
    mirror: 'Mirror',
    device: 'Camera',
    frontCamera: 'Default camera',
    teach: 'Teach a network…',
    send: 'Send to the service…',
    detectors: {
      'blazeface-short-range': 'BlazeFace',
      'haar-frontalface': 'Haar cascade',
    },
  },

  detectorHints: {
    'blazeface-short-range': 'Fast. Finds faces from 24 pixels on in pictures, also turned heads.',
    'haar-frontalface': 'The detector of the paper. Finds frontal faces.',
  },

  models: {
    accuracyOn: (percent: string, data: string) => `${percent} % on ${data}`,
    parameters: 'parameters',
    input: 'input',
    run: (name: string, count: number) => `Training ${name} (${count})`,
    epoch: (epoch: number) => `epoch ${epoch}`,
    valAccuracy: (percent: string) => `validation accuracy ${percent} %`,
    best: { val_accuracy: 'best by validation accuracy', val_loss: 'best by validation loss' },
    add: 'Add a model file…',
    compare: 'Compare',
    mostCompared: (count: number) => `At most ${count} models are compared at a time.`,
    layers: 'Layers',
    remove: 'Remove',
    loading: 'Loading…',
    yours: 'your file',
    askLabels: 'This file does not say what its outputs mean.',
    labels: 'Labels, in the order of the outputs, separated by commas',
    range: 'What black and white become at the input',
    open: 'Open',
    cancel: 'Cancel',
    compared: ({ models, faces, differing }: Disagreement) =>
      differing > 0
        ? `The models disagree on ${faces === 1 ? 'this face' : `${differing} of ${faces} faces`}.`
        : `${ALL[models] ?? `All ${models}`} models agree on ${faces === 1 ? 'this face' : `all ${faces} faces`}.`,
  },

  face: {
    panel: 'Selected face',
    none: 'No face',
    reading: 'Reading…',
    noneHint: 'Move closer, face the camera, or add light.',
    choose: 'Open something: the face is shown here.',
    face: (name: string) => `Face ${name}`,
    seen: 'The face exactly as the network sees it',
    notKept: 'No picture of this face was kept, or it is hidden',
    good: 'Good picture of a face',
    unsure: 'Unsure',
    reasons: {
      margin: 'no expression leads clearly',
      small: 'the face is too small',
      blurred: 'the face is blurred',
      dark: 'the face is too dark',
      bright: 'the face is too bright',
      turned: 'the face is turned away',
      covered: 'something covers the face',
      cutOff: 'the face is cut off by the edge',
      notAFace: 'this may not be a face',
    },
    count: (count: number) => (count === 1 ? '1 face' : `${count} faces`),
    announce: (name: string, expression: string, percent: number) =>
      `Face ${name}: ${expression}, ${percent} %`,
  },

  expressions: EXPRESSIONS.en,

  camera: {
    title: 'Before the camera starts',
    notice: [
      'The picture is analysed in this page, on this device. Nothing is sent and nothing is stored.',
      'Only start it if everyone in view knows and agrees.',
      'A reading names the expression of a face. It says nothing about what a person thinks or is like.',
    ],
    start: 'Start the camera',
    cancel: 'Not now',
    live: 'Camera on',
    paused: 'Paused',
    asleep: 'The camera gives no picture; waiting for it',
    rate: 'frames/s',
    latency: 'ms',
    problems: {
      denied: 'This page may not use the camera. Allow it beside the address, then start again.',
      missing: 'No camera was found. Plug one in, then start again.',
      busy: 'The camera is used by another program. Close that, then start again.',
      unsuitable: 'This camera cannot be used. Choose another one.',
      insecure: 'Browsers allow cameras only on https:// pages and on this computer (localhost).',
      lost: 'The camera was unplugged or its permission was withdrawn.',
      failed: 'The camera could not be started.',
    },
  },

  timeline: {
    title: 'Timeline',
    reading: 'Reading the video',
    nobody: 'No face was followed yet.',
    more: (count: number) => `and ${count} more`,
    mark: 'Mark',
    markHint: 'Mark this moment (B). Drag over a lane to select a span.',
    marks: 'Marked moments',
    note: 'Note',
    removeMark: 'Remove the mark',
    nobodySeen: 'No face was followed here.',
    clearSpan: 'Clear the selection',
  },

  ...enVideo,

  why: {
    ask: 'Why? Show what the result hangs on',
    busy: 'Measuring…',
    where: (expression: string, regions: readonly string[]) =>
      regions.length === 0
        ? `Nothing in this crop speaks for “${expression}”.`
        : `“${expression}” hangs most on: ${regions.join(', ')}.`,
    regions: {
      upperLeft: 'upper left',
      upper: 'upper middle',
      upperRight: 'upper right',
      left: 'middle left',
      centre: 'centre',
      right: 'middle right',
      lowerLeft: 'lower left',
      lower: 'lower middle',
      lowerRight: 'lower right',
    },
    little: 'little',
    most: 'most',
    caution:
      'It shows what the network’s result hangs on. It is no cause, and says nothing about the person.',
    methods: {
      'hires-cam': 'Method: HiResCAM (gradients).',
      'layer-cam': 'Method: LayerCAM (gradients).',
      'grad-cam': 'Method: Grad-CAM (gradients).',
      occlusion: 'Method: occlusion (each part is covered in turn).',
    },
    tested: (faces: number, hottest: number, random: number) =>
      `Tested on ${faces} faces: hiding the hottest fifth lowers the probability by ${hottest} points on average, hiding a random fifth by ${random}.`,
    untested: 'Not tested for this model: “mien evaluate --faithfulness” does it.',
  },

  session: {
    withoutPictures: 'Saved without pictures',
    noPictureHere: 'No picture of this moment was saved. Marked moments have one.',
    ofCamera: 'Camera session',
    notRecorded: 'The camera’s video was not recorded. What was read is below: save it, or wipe it.',
    poster: 'What was seen at this moment',
  },

  unsaved: {
    title: 'Save it first?',
    lost: 'What is open is about to be replaced. This is not saved and would be lost:',
    session: (time: string, marks: number) =>
      `Camera session: what was read in ${time}${marks === 0 ? '' : marks === 1 ? ', 1 marked moment' : `, ${marks} marked moments`}`,
    video: (time: string, size: string) => `Recorded video: ${time}, ${size}`,
    edits: (name: string) => `${name}: marks, names, hidden or merged faces`,
    saveSession: 'Save the session',
    saveVideo: 'Save the video',
    discard: 'Discard',
    cancel: 'Cancel',
  },

  people: {
    name: 'Name (stays on this device)',
    hide: 'Hide this face',
    show: 'Show this face',
    same: 'Same person as',
    noOther: 'nobody else',
    separate: 'Separate again',
    seenTogether: (one: string, other: string) =>
      `${one} and ${other} were seen at the same time, so they are two people.`,
  },

  gallery: {
    title: 'Pictures',
    reading: (done: number, total: number) => `Reading ${done} of ${total}`,
    noFace: 'no face',
  },

  export: {
    title: 'Save',
    report: 'Report (one HTML page)',
    csv: 'Table (CSV)',
    json: 'JSON',
    ndjson: 'JSON lines',
    vtt: 'Subtitles (WebVTT)',
    image: 'Picture with faces (PNG)',
    session: 'Session, to open again',
    largeSession: (size: string) => `Save the session: ${size}`,
    withPictures: 'with the pictures',
    withSmallPictures: 'with small pictures of faces and marked moments',
    hiddenInPictures: 'Hidden faces can be seen in the saved pictures.',
  },

  privacy: {
    promise: 'What you open and what is read stay in this page: nothing is sent, nothing is stored.',
    promiseOfService:
      'What you open and what is read stay in this page, unless you send it to the service. Nothing is stored here.',
    remember: 'Remember my settings in this browser',
    notRemembered: 'The settings are not remembered: this browser keeps nothing of this page, or is full.',
    offline: 'Ready for use without a network.',
    wipe: 'Stop and wipe everything',
    wiped: 'Everything was wiped.',
    wipeAll: 'Wipe, and remove the program too',
    wipeAllHint: 'The browser keeps the program’s own files for use without a network. They go as well.',
    wipedAll: 'Everything was wiped, and the program’s files were removed from this browser.',
  },

  about: {
    title: 'What this is not',
    paragraphs: [
      'Mien names the expression that a face shows in a picture. It does not know what a person feels, thinks, intends or is like. The same expression means different things in different situations and cultures.',
      'It is wrong about one time in three on the pictures that it is measured on (FER2013), and more often on small, dark, blurred or turned faces, and on faces unlike those that it was trained on. FER2013 was collected by web search in 2013; its labels are the judgement of others, and who is in it is not known.',
      'Do not use it to judge people: not for hiring, schooling, policing, insurance, credit, lie detection or diagnosis.',
      'The European Union’s AI Act (Regulation 2024/1689, Article 5) prohibits systems that infer emotions at work and in education, apart from medical and safety reasons; elsewhere people must be told (Article 50). Other countries have laws of their own.',
    ],
    close: 'Close',
  },

  keys: {
    title: 'Keys',
    list: [
      ['O', 'open files'],
      ['C', 'start or stop the camera'],
      ['Space', 'pause or resume'],
      ['M', 'mirror'],
      ['B', 'mark this moment of a video or camera'],
      ['← →', 'previous or next picture; a second back or on in a video'],
      ['[ ]', 'start or end of a selected span'],
      ['Tab', 'go from face to face'],
      ['T', 'light or dark'],
      ['Esc', 'close what is open'],
      ['?', 'this sheet'],
    ] as readonly (readonly [string, string])[],
  },

  settings: { theme: 'Light or dark', language: 'Language', help: 'Keys', about: 'What this is not' },

  problems: {
    title: 'Not opened',
    unreadable: (name: string) =>
      `${name}: this browser cannot decode it as a picture. Convert it to JPEG or PNG and open that.`,
    empty: (name: string) => `${name}: it is empty (0 bytes). Copy or download it again.`,
    damaged: (name: string) => `${name}: it is damaged or cut off. Copy or download it again.`,
    notMedia: (name: string) => `${name}: it is not a picture or video.`,
    tooLarge: (name: string) => `${name}: it is too large (the limit is 100 megapixels). Make it smaller.`,
    tooMuch: (name: string) =>
      `${name}: the browser ended the engine while it read this. Make the picture smaller.`,
    leftOut: (names: readonly string[]) =>
      `Left out, because it is not shown together with the rest: ${listNames(names, 'and')}.`,
    restarted: (name: string) => `${name}: its engine ended and was started again.`,
    ended: (name: string) =>
      `${name}: its engine ended twice in a row. Close other tabs, then choose the model again.`,
    other: (name: string, message: string) => nameOnce(name, message),
    dismiss: 'Dismiss',
    start: 'The engine could not start in this browser.',
  },
};

export type Words = typeof en;
