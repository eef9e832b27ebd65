/**
 * The first Ctrl-C or SIGTERM is a request to end in good order; Ctrl-C after that ends the process. A second SIGTERM does not:
 * `scancel` of Slurm sends it to every process of a job, and the script that started this one passes its own on. Who cannot
 * wait has SIGKILL.
 */
export interface Signals {
  readonly signal: AbortSignal;
  readonly stopped: Promise<NodeJS.Signals>;
  readonly forget: () => void;
}

export function catchSignals(): Signals {
  const controller = new AbortController();
  let resolve: (signal: NodeJS.Signals) => void = () => undefined;
  const stopped = new Promise<NodeJS.Signals>((done) => (resolve = done));
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      controller.abort();
      resolve(signal);
    } else if (signal === 'SIGINT') {
      forget();
      process.kill(process.pid, signal);
    }
  };
  const forget = () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { signal: controller.signal, stopped, forget };
}
