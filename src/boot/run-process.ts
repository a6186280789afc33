import { CannotStart } from '#src/infra/lib/cannot-start.ts';

interface Stoppable {
  stop(): Promise<void>;
}

/** What is still under way after this long is left to its lease; Heroku kills 30 s after SIGTERM. */
const STOP_WITHIN_MS = 25_000;

/** A signal to a process group arrives twice, once forwarded by `npm start`; a person's second Ctrl-C comes later. */
const SAME_SIGNAL_MS = 1000;

/**
 * Runs a process of the Procfile: starts it, stops it at SIGTERM or SIGINT, exits 0. A second signal exits at once.
 * `start` may look at the signal and give up; what has started by then is stopped. Entry points import the rest inside
 * `start`, because loading takes a second in which a signal must find its handler.
 */
export async function runProcess(start: (stopping: AbortSignal) => Promise<Stoppable>): Promise<void> {
  const stopping = stopAtSignals();
  let running: Stoppable;
  try {
    running = await start(stopping);
  } catch (error) {
    // Ctrl-C reaches what was being started too, like initdb: its failure is then no news.
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

/** Tells what is wrong and ends: a sentence for what was to be expected, or the error. */
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
  // Of `npm start`, whose starter may be killed without a word.
  process.on('disconnect', stop);
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}
