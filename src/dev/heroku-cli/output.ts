/** An error of the user. The CLI prints `message`, which says what to do, and exits with 1. */
export class HerokuError extends Error {}

// Whoever reads the output may have enough of it, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

/** Prints a result on stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints `what` while `work` runs, then the result, on stderr, so that stdout can be piped. */
export async function showProgress<T extends { done: string }>(
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  process.stderr.write(`${what}... `);
  try {
    const result = await work();
    process.stderr.write(`${result.done}\n`);
    return result;
  } catch (error) {
    process.stderr.write('!\n');
    throw error;
  }
}

/** Prints an error on stderr in the Heroku CLI's form: a mark before each line. */
export function showError(message: string): void {
  process.stderr.write(`${message.replaceAll(/^/gm, ' ▸    ')}\n`);
}

/** Prints a warning on stderr. */
export function warn(message: string): void {
  process.stderr.write(` ▸    Warning: ${message}\n`);
}
