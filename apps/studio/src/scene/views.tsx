/** What is read, once for each model, with its faces marked. */
import { useEffect, useRef } from 'preact/hooks';
import { picture, results, scene, shownModels } from '../state/scene.js';
import { settings } from '../state/settings.js';
import { words } from '../words/words.js';
import { FaceOverlay } from './face-overlay.jsx';
import { FollowingVideo, VideoPlayer } from './video-player.jsx';

export function Views() {
  const models = shownModels.value;
  const isComparison = models.length > 1;
  return (
    <div class={`views views-${Math.max(1, models.length)}`}>
      {(models.length === 0 ? [{ id: '', name: '' }] : models).map(({ id, name }, index) => (
        <figure class="view" key={id}>
          {isComparison && (
            <figcaption>
              <span class="rank">{'ABCD'[index]}</span> {name}
            </figcaption>
          )}
          <View modelId={id} isFirst={index === 0} />
        </figure>
      ))}
    </div>
  );
}

export function View({ modelId, isFirst }: { modelId: string; isFirst: boolean }) {
  const now = scene.value;
  const result = results.value.get(modelId);
  const shown = picture.value;
  const isMirrored = now.kind === 'camera' && settings.value.mirror;
  return (
    <div class="frame">
      {shown !== undefined && shown.url !== '' && <img src={shown.url} alt={shown.name} />}
      {(now.kind === 'session' || shown?.url === '') && (
        <p class="without-picture">{words.value.session.withoutPictures}</p>
      )}
      {now.kind === 'video' && (isFirst ? <VideoPlayer url={now.url} /> : <FollowingVideo url={now.url} />)}
      {now.kind === 'camera' && (
        <LiveVideo stream={now.camera.stream} isMirrored={isMirrored} isPaused={now.isPaused} />
      )}
      {result !== undefined && <FaceOverlay result={result} isMirrored={isMirrored} />}
    </div>
  );
}

function LiveVideo({
  stream,
  isMirrored,
  isPaused,
}: {
  stream: MediaStream;
  isMirrored: boolean;
  isPaused: boolean;
}) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    element.srcObject = stream;
    return () => {
      element.srcObject = null;
    };
  }, [stream]);
  useEffect(() => {
    if (isPaused) video.current?.pause();
    else void video.current?.play().catch(() => undefined);
  }, [stream, isPaused]);
  return <video ref={video} class={isMirrored ? 'mirrored' : ''} muted playsInline autoPlay />;
}
