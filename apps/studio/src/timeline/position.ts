/** Where the scene is in time. */
import { playPosition } from '../scene/video-player.jsx';
import { dependOn } from '../state/depend-on.js';
import { framesOf, timeOf, version } from '../state/recording.js';
import { mainId, scene } from '../state/scene.js';

/** In milliseconds of the video or of the camera's session; `undefined` for pictures. */
export function positionMs(): number | undefined {
  switch (scene.value.kind) {
    case 'video':
    case 'session':
      return playPosition.value;
    case 'camera':
      dependOn(version);
      return timeOf(framesOf(mainId.value).at(-1));
    case 'pictures':
    case 'empty':
      return undefined;
    default:
      return scene.value satisfies never;
  }
}
