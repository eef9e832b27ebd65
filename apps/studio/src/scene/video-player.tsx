/** The video that is shown, with its own controls; where it is goes to `playPosition`. */
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { dependOn } from '../state/depend-on.js';
import { resultAt, version } from '../state/recording.js';
import { liveResults, scene, shownModels } from '../state/scene.js';

/** In milliseconds of the video. */
export const playPosition = signal(0);
let player: HTMLVideoElement | undefined;

export function seekTo(timeMs: number): void {
  if (player !== undefined) player.currentTime = timeMs / 1000;
  else if (scene.peek().kind === 'session') playPosition.value = timeMs; // There is nothing to play.
}

/** Where a player was sent: it shows that some time later. */
export function aimedPosition(): number {
  return player === undefined ? playPosition.peek() : player.currentTime * 1000;
}

export function togglePlay(): void {
  if (player === undefined) return;
  if (player.paused) void player.play();
  else player.pause();
}

export function VideoPlayer({ url }: { url: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    player = element;
    playPosition.value = 0;
    let handle = 0;
    const follow = () => {
      handle = element.requestVideoFrameCallback((_, { mediaTime }) => {
        playPosition.value = mediaTime * 1000;
        follow();
      });
    };
    follow();
    return () => {
      element.cancelVideoFrameCallback(handle);
      if (player === element) player = undefined;
    };
  }, [url]);
  return <video ref={video} src={url} controls muted playsInline />;
}

/** The same video beside the first one, for another model: it follows the position of the one that is played. */
export function FollowingVideo({ url }: { url: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(
    () =>
      effect(() => {
        const timeS = playPosition.value / 1000;
        const element = video.current;
        if (element !== null && Math.abs(element.currentTime - timeS) > 0.05) element.currentTime = timeS;
      }),
    [url],
  );
  return <video ref={video} src={url} muted playsInline />;
}

/** Shows what was read at the position that is played. */
export function followPosition(): () => void {
  return effect(() => {
    if (scene.value.kind !== 'video' && scene.value.kind !== 'session') return;
    dependOn(version);
    const timeMs = playPosition.value;
    const found = shownModels.value.flatMap(({ id }) => {
      const result = resultAt(id, timeMs);
      return result === undefined ? [] : [[id, result] as const];
    });
    const before = liveResults.peek();
    const isSame = found.length === before.size && found.every(([id, result]) => before.get(id) === result);
    if (!isSame) liveResults.value = new Map(found);
  });
}
