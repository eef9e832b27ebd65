/** `0:01.200`, `1:02:03.500`: minutes and seconds to the millisecond, with hours if there are any. */
export function toTimecode(timeMs: number): string {
  const { hours, minutes, seconds } = toParts(timeMs);
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}

/** `00:00:01.200`, the format of WebVTT. */
export function toVttTime(timeMs: number): string {
  const { hours, minutes, seconds } = toParts(timeMs);
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}:${seconds}`;
}

function toParts(timeMs: number): { hours: number; minutes: number; seconds: string } {
  const whole = Math.max(0, Math.round(timeMs));
  return {
    hours: Math.floor(whole / 3_600_000),
    minutes: Math.floor(whole / 60_000) % 60,
    seconds: ((whole % 60_000) / 1000).toFixed(3).padStart(6, '0'),
  };
}
