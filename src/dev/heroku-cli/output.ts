/**
 * A mistake of the customer; `message` says what to do. It is printed as the Heroku CLI prints errors, with exit code
 * 1.
 */
export class HerokuError extends Error {}

/** A result, on stdout. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Shows `what` while `work` runs, and what it answers after it, on stderr, so that stdout can be piped. */
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

/** An error as the Heroku CLI prints it, each line after its mark. */
export function showError(message: string): void {
  process.stderr.write(`${message.replaceAll(/^/gm, ' ▸    ')}\n`);
}

/** What went well but should be known, on stderr. */
export function warn(message: string): void {
  process.stderr.write(` ▸    Warning: ${message}\n`);
}
