/** The first Ctrl-C or SIGTERM is a request to end in good order; a second one ends the process. */
export interface Signals {
  readonly signal: AbortSignal;
  readonly stopped: Promise<NodeJS.Signals>;
  forget(): void;
}

export function catchSignals(): Signals {
  const controller = new AbortController();
  let resolve: (signal: NodeJS.Signals) => void = () => undefined;
  const stopped = new Promise<NodeJS.Signals>((done) => (resolve = done));
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    controller.abort();
    resolve(signal);
  };
  const forget = () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { signal: controller.signal, stopped, forget };
}
