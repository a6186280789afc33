import { ConfigError } from './config.ts';

interface Stoppable {
  stop(): Promise<void>;
}

/** What is still under way after this long is left to its lease; Heroku kills 30 s after SIGTERM. */
const STOP_WITHIN_MS = 25_000;
/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;

/** A signal to a process group arrives twice, once forwarded by `npm start`; a person's second Ctrl-C comes later. */
const SAME_SIGNAL_MS = 1000;

/** Runs a process of the Procfile: starts it, stops it at SIGTERM or SIGINT, exits 0. A second signal exits at once. */
export async function runProcess(start: () => Promise<Stoppable>): Promise<void> {
  let running: Stoppable;
  try {
    running = await start();
  } catch (error) {
    reportFailure(error);
    return;
  }
  let stoppingSinceMs: number | undefined;
  const stop = () => {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSinceMs = performance.now();
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        reportFailure(error);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Of `npm start`, whose starter may be killed without a word.
  process.on('disconnect', stop);
}

/** Tells what is wrong and ends: all problems of a bad environment, or the error. */
export function reportFailure(error: unknown): never {
  if (error instanceof ConfigError) {
    console.error(error.message);
    process.exit(EXIT_CONFIG);
  }
  console.error(error);
  process.exit(1);
}
