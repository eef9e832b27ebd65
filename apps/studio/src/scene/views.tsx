/** What is read, once for each model, with its faces marked. */
import { useEffect, useRef } from 'preact/hooks';
import { Rank } from '../models/rank.jsx';
import { picture, results, scene, shownModels, type Poster } from '../state/scene.js';
import { settings } from '../state/settings.js';
import { positionMs } from '../timeline/position.js';
import { words } from '../words/words.js';
import { FaceOverlay, Veils } from './face-overlay.jsx';
import { FollowingVideo, VideoPlayer } from './video-player.jsx';

export function Views() {
  const models = shownModels.value;
  const isComparison = models.length > 1;
  return (
    <div class={`views views-${Math.min(4, Math.max(1, models.length))}`}>
      {(models.length === 0 ? [{ id: '', name: '' }] : models).map(({ id, name }, index) => (
        <figure class="view" key={id}>
          {isComparison && (
            <figcaption>
              <Rank index={index} /> {name}
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
  const size = result ?? (now.kind === 'video' ? now : undefined);
  const { session } = words.value;
  const poster = now.kind === 'session' ? posterAt(now.posters, positionMs() ?? 0) : undefined;
  return (
    <div class="frame">
      {shown !== undefined && shown.url !== '' && <img src={shown.url} alt={shown.name} />}
      {poster !== undefined && <img src={poster.url} alt={session.poster} />}
      {((now.kind === 'session' && poster === undefined) || shown?.url === '') && (
        <p class="without-picture">
          {now.kind !== 'session'
            ? session.withoutPictures
            : now.isOfCamera === true
              ? session.notRecorded
              : now.posters.length > 0
                ? session.noPictureHere
                : session.withoutPictures}
        </p>
      )}
      {now.kind === 'video' && (isFirst ? <VideoPlayer url={now.url} /> : <FollowingVideo url={now.url} />)}
      {now.kind === 'camera' && (
        <LiveVideo stream={now.camera.stream} isMirrored={isMirrored} isPaused={now.isPaused} />
      )}
      {size !== undefined && (
        <Veils result={result} modelId={modelId} picture={size} isMirrored={isMirrored} />
      )}
      {result !== undefined && <FaceOverlay result={result} isMirrored={isMirrored} />}
    </div>
  );
}

/** A small picture stands for what was around it. */
const POSTER_REACH_MS = 300;

function posterAt(posters: readonly Poster[], timeMs: number): Poster | undefined {
  const [nearest] = posters.toSorted((a, b) => Math.abs(a.atMs - timeMs) - Math.abs(b.atMs - timeMs));
  return nearest !== undefined && Math.abs(nearest.atMs - timeMs) <= POSTER_REACH_MS ? nearest : undefined;
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
