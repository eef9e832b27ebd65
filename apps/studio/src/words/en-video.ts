/** The texts of networks, of videos and of recording, in English. */
export const enVideo = {
  network: {
    title: (name: string) => `Layers of ${name}`,
    totals: (layers: number, parameters: string, macs: string) =>
      `${layers} layers · ${parameters} parameters · ${macs} multiplications for each face`,
    view: 'View',
    drawing: 'Drawing',
    list: 'List',
    choose: 'Choose a layer to see its shapes, parameters and settings.',
    zoomIn: 'Zoom in (+)',
    zoomOut: 'Zoom out (−)',
    fit: 'Fit the width',
    layer: 'Layer',
    settings: 'Settings',
    input: 'Input',
    output: 'Output',
    parameters: 'Parameters',
    multiplications: 'Multiplications',
    share: 'Share',
  },

  video: {
    annotated: 'Annotated video',
    recorded: 'Recorded video',
    covered: 'Video with hidden faces covered',
    waitForReading: 'When the video has been read.',
    cannotEncode: 'This browser cannot encode video (it lacks WebCodecs).',
    writing: 'Writing the video',
    left: (time: string) => `${time} left`,
    cancel: 'Cancel',
    lostSound: (reason: string) => `The video was saved without its sound (${reason}).`,
    unreadable: (name: string, what: string, command: string) =>
      `${name}: this browser cannot decode ${what}. “mien analyze” can read it; or make a file that every browser reads: ${command}`,
    noPictures: (name: string) => `${name}: there are no pictures in it, only sound.`,
    noVideo: (name: string) =>
      `${name}: nothing in it is known as a video here: it is empty, damaged or something else. If a player shows it, “mien analyze” may read it.`,
  },

  record: {
    video: 'Record the video too',
    again: 'Record again (the last one goes)',
    hint: 'The video stays in memory until you wipe or close. It is shown with what was read while it was recorded.',
    running: 'Recording. Everyone in view should know.',
    kept: (time: string, size: string) => `${time}, ${size} in memory. Stop the camera to see and save it.`,
    sign: 'Recording',
    failed: (message: string) => `This browser cannot record the camera (${message}).`,
  },
};
