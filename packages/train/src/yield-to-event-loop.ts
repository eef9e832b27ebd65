/**
 * Lets everything else that waits run (signals, timers, messages, painting) before the caller continues.
 *
 * Not `setTimeout(0)`: pages delay nested timers by 4 ms each.
 */
export const yieldToEventLoop: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        })
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(undefined);
        });
