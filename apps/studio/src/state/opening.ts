/**
 * What is being opened: a camera that the browser asks about, a video or session that loads. Only the last one that was asked
 * for is shown, and none after a wipe.
 */
let newest = new AbortController();

const WIPED = Symbol('wiped');

/** @returns aborts when something else is opened, or everything is wiped */
export function beginOpening(): AbortSignal {
  newest.abort();
  newest = new AbortController();
  return newest.signal;
}

/** Nothing that is being opened is shown any more, or named in a message. */
export function forgetOpening(): void {
  newest.abort(WIPED);
}

/** Whether the person has wiped everything since. */
export function isWiped({ reason }: AbortSignal): boolean {
  return reason === WIPED;
}
