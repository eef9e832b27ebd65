/**
 * Turns the times of decoded frames into times that never fall.
 *
 *   set back     by more than 0.1 s, as in joined files and streams that restart: counted on from the last frame
 *   jitter       a frame up to 0.1 s before the last one is shown at the time of that one
 *   far ahead    by more than 10 s, in containers whose clock may restart: counted on; elsewhere it is a pause
 *   no time      one step after the last frame
 *
 * The limits are those of ffmpeg. Ref: `dts_delta_threshold` and `ts_discontinuity_process` in fftools/ffmpeg.c, which works
 * on packets, and only without `-copyts`. Times are whole ticks of the stream, so nothing is rounded.
 */

const MAX_JITTER_MS = 100;
const FAR_AHEAD_MS = 10_000;
/** Step after the first frame of a clock that restarts at once. */
const USUAL_STEP_MS = 40;

export interface ContinuousClock {
  /**
   * @param ticks time of the next frame; NaN if it has none
   * @returns its time in ticks, not before that of the previous frame
   */
  next(ticks: number): number;
}

/** @param mayJumpAhead whether a time far ahead means that the clock has restarted */
export function createContinuousClock(ticksPerMs: number, mayJumpAhead: () => boolean): ContinuousClock {
  let last: number | undefined;
  let step = Math.max(1, Math.round(USUAL_STEP_MS * ticksPerMs));
  let offset = 0;
  return {
    next(ticks) {
      if (last === undefined) return (last = Number.isNaN(ticks) ? 0 : ticks);
      const shifted = ticks + offset;
      const ahead = shifted - last;
      const isRestart =
        ahead < -MAX_JITTER_MS * ticksPerMs || (ahead > FAR_AHEAD_MS * ticksPerMs && mayJumpAhead());
      if (Number.isNaN(ticks)) last += step;
      else if (isRestart) {
        last += step;
        offset = last - ticks;
      } else if (ahead > 0) {
        step = ahead;
        last = shifted;
      }
      return last;
    },
  };
}

/**
 * A filter of ffmpeg with the same rules, without jumps ahead, so that filters after it can select frames by time. It
 * forgets the earlier times when the size of the frames changes.
 *
 * Variables: 0 the offset, 1 the time with the offset, 2 the last step.
 */
export const CONTINUOUS_CLOCK_FILTER = [
  "setpts='st(1,PTS+ld(0));",
  'if(isnan(PREV_OUTPTS),st(2,max(1,round(0.04/TB)));if(isnan(PTS),0,ld(1)),',
  'if(isnan(PTS),PREV_OUTPTS+ld(2),',
  'if(lt(ld(1),PREV_OUTPTS-0.1/TB),st(0,PREV_OUTPTS+ld(2)-PTS);PREV_OUTPTS+ld(2),',
  "if(gt(ld(1),PREV_OUTPTS),st(2,ld(1)-PREV_OUTPTS);ld(1),PREV_OUTPTS))))'",
].join('');
