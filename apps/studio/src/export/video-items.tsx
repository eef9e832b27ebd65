/** The menu's entries for videos: offered where the browser can encode them, and said where it cannot. */
import { useEffect, useState } from 'preact/hooks';
import { videoProgress } from '../source/video.js';
import { hiddenKeys } from '../state/people.js';
import { scene } from '../state/scene.js';
import { videoJob } from '../state/video-job.js';
import { findContainer } from '../video/encodable.js';
import type { VideoContainer } from '../video/messages.js';
import { words } from '../words/words.js';
import { MenuItem } from './menu-item.jsx';
import { downloadRecorded } from './recorded-video.js';

export function VideoItems() {
  const { video } = words.value;
  const now = scene.value;
  const { width, height } = now.kind === 'video' ? now : { width: 0, height: 0 };
  const [container, setContainer] = useState<VideoContainer | 'none'>();
  useEffect(() => {
    if (width > 0) void findContainer({ width, height }).then((found) => setContainer(found ?? 'none'));
  }, [width, height]);
  if (now.kind !== 'video') return null;
  const { file } = now;
  const isCovered = hiddenKeys.value.size > 0;
  const problem =
    container === 'none' ? video.cannotEncode : videoProgress.value === 1 ? undefined : video.waitForReading;
  const write = (hasMarks: boolean) => async (): Promise<void> => {
    if (container === undefined || container === 'none') return;
    const { saveAnnotatedVideo } = await import('./annotated-video.js');
    await saveAnnotatedVideo({ file, container, hasMarks });
  };
  const isBusy = videoJob.value !== undefined || container === undefined;
  return (
    <>
      <MenuItem closesMenu name={video.annotated} problem={problem} isBusy={isBusy} run={write(true)} />
      {isCovered && (
        <MenuItem closesMenu name={video.covered} problem={problem} isBusy={isBusy} run={write(false)} />
      )}
      {now.readBy !== undefined && !isCovered && (
        <MenuItem name={video.recorded} run={() => downloadRecorded(now)} />
      )}
    </>
  );
}
