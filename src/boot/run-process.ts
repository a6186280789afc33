import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { onStopAsked, reportReady } from './group-member.ts';

export interface Running {
  stop(): Promise<void>;
  /** Rejects when it cannot go on; it is then stopped. */
  failed?: Promise<never>;
}

/**
 * The process exits after this long at the latest, because Heroku kills it 30 s after SIGTERM; leases cover the rest.
 */
const STOP_WITHIN_MS = 25_000;

/** Signals within this time count as one: a signal to a process group arrives twice, once forwarded by `npm start`. */
const SAME_SIGNAL_MS = 1000;

/**
 * Runs a process of the Procfile: starts it, stops it at SIGTERM or SIGINT, exits 0. A second signal exits at once.
 * `start` may check the signal between its steps and throw; it stops what it has started. Entry points import the rest
 * inside `start`, because loading takes a second, and the signal handlers must be installed before.
 */
export async function runProcess(start: (stopping: AbortSignal) => Promise<Running>): Promise<void> {
  const stopping = stopAtSignals();
  let running: Running;
  try {
    running = await start(stopping);
  } catch (error) {
    // Ctrl-C also reaches child processes like initdb, so a failure during a stop is expected.
    if (stopping.aborted) process.exit(0);
    reportFailure(error);
  }
  reportReady();
  const failure = await untilStopped(stopping, running);
  try {
    await running.stop();
  } catch (error) {
    reportFailure(error);
  }
  if (failure !== undefined) reportFailure(failure);
  process.exit(0);
}

/** Prints an error to stderr and exits: only the message of a {@link CannotStart}, any other error whole. */
export function reportFailure(error: unknown): never {
  const isExpected = error instanceof CannotStart;
  console.error(isExpected ? error.message : error);
  process.exit(isExpected ? error.exitCode : 1);
}

function stopAtSignals(): AbortSignal {
  const controller = new AbortController();
  let sinceMs: number | undefined;
  const stopOnce = () => {
    if (sinceMs !== undefined) return;
    sinceMs = performance.now();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    controller.abort();
  };
  const stop = () => {
    if (sinceMs !== undefined && performance.now() - sinceMs > SAME_SIGNAL_MS) process.exit(1);
    stopOnce();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The IPC channel of `npm start` closes when its starter is killed.
  process.on('disconnect', stop);
  onStopAsked(stopOnce);
  return controller.signal;
}

/** Waits for the signal, or answers why it cannot go on. */
async function untilStopped(signal: AbortSignal, { failed }: Running): Promise<unknown> {
  if (signal.aborted) return undefined;
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve(undefined);
      },
      { once: true },
    );
  });
  return Promise.race([aborted, failed ?? aborted]).catch((error: unknown) => error);
}
