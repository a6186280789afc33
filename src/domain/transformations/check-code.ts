import { InvalidInput, Unavailable } from '#src/infra/lib/errors.ts';
import type { CodeRunner } from './runtime/code-runner.ts';
import type { RunError, RunResult } from './runtime/run.ts';

const BUSY_SECONDS = 10;

/** Throws InvalidInput for code that cannot be loaded or has no handler, and Unavailable while too much runs. */
export async function checkCode(
  runner: Pick<CodeRunner, 'run'>,
  accountId: string,
  code: string,
): Promise<void> {
  const { outcome } = notBusy(await runner.run(accountId, () => ({ code, input: null })));
  if (outcome.kind !== 'failed') return;
  const message = shownError(outcome.error);
  throw new InvalidInput(`The code cannot be used: ${message}`, {
    details: [{ path: 'code', message: `cannot be used: ${message}` }],
  });
}

/** Throws Unavailable for a run that was not made. */
export function notBusy(result: RunResult | 'busy'): RunResult {
  if (result !== 'busy') return result;
  throw new Unavailable('Too many transformations are running. Try again in a few seconds.', {
    retryAfterSeconds: BUSY_SECONDS,
  });
}

/** With its place, if that is known. */
export function shownError({ message, line, column }: RunError): string {
  if (line === null) return message;
  return `${message} (line ${String(line)}${column === null ? '' : `, column ${String(column)}`})`;
}
