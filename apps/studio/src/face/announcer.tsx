import { useEffect, useRef, useState } from 'preact/hooks';

/** A screen reader hears a change at most this often. */
const INTERVAL_MS = 2000;

/**
 * Says what is read to those who do not see it: when it changes, and not more often than can be listened to.
 *
 * @param subject what a change is judged by; figures alone are no news
 */
export function Announcer({ text, subject }: { text: string; subject: string }) {
  const [said, setSaid] = useState('');
  const last = useRef({ subject: '', atMs: -Infinity });
  useEffect(() => {
    if (subject === last.current.subject) return undefined;
    const waitMs = Math.max(0, last.current.atMs + INTERVAL_MS - performance.now());
    const timer = setTimeout(() => {
      last.current = { subject, atMs: performance.now() };
      setSaid(text);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [subject]);
  return (
    <p class="only-heard" aria-live="polite">
      {said}
    </p>
  );
}
