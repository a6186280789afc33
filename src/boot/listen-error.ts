import { CannotStart } from '#src/infra/lib/cannot-start.ts';

/** EX_CONFIG of sysexits.h, as for every invalid environment. */
const EXIT_CONFIG = 78;

/** Of several processes on one port the parent binds. */
const SYSCALLS: unknown[] = ['listen', 'bind'];

/** An error of `listen` as a CannotStart whose message names the variable; any other error unchanged. */
export function explained(error: unknown): unknown {
  const isOfListen = error instanceof Error && 'syscall' in error && SYSCALLS.includes(error.syscall);
  if (!isOfListen) return error;
  const code = 'code' in error ? error.code : undefined;
  const port = 'port' in error ? String(error.port) : '';
  const message =
    code === 'EADDRINUSE'
      ? `PORT: ${port} is used by another program; stop it, or set another, like PORT=3001`
      : `HOST and PORT: web cannot listen there (${error.message}).`;
  return new CannotStart(message, { exitCode: EXIT_CONFIG, cause: error });
}
