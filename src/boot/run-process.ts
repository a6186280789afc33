import { CannotStart } from '#src/infra/lib/cannot-start.ts';

interface Stoppable {
  stop(): Promise<void>;
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
export async function runProcess(start: (stopping: AbortSignal) => Promise<Stoppable>): Promise<void> {
  const stopping = stopAtSignals();
  let running: Stoppable;
  try {
    running = await start(stopping);
  } catch (error) {
    // Ctrl-C also reaches child processes like initdb, so a failure during a stop is expected.
    if (stopping.aborted) process.exit(0);
    reportFailure(error);
  }
  await aborted(stopping);
  try {
    await running.stop();
  } catch (error) {
    reportFailure(error);
  }
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
  const stop = () => {
    if (sinceMs !== undefined) {
      if (performance.now() - sinceMs > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    sinceMs = performance.now();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    controller.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The IPC channel of `npm start` closes when its starter is killed.
  process.on('disconnect', stop);
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
