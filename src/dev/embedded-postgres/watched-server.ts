import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Account } from './account.ts';

/**
 * Runs the server until it ends or stdin closes. Stdin is a pipe from this process, which the kernel closes even after
 * kill -9; the server then gets SIGINT, its fast shutdown. Afterwards the paths in `remove` are removed.
 */
const WATCHER = `
remove=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- & server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null & watcher=$!
exec 3<&-
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
cd /
IFS=:
rm -rf -- $remove
exit "$status"
`;

interface Start {
  command: string[];
  account: Account | undefined;
  directory: string;
  /** The file descriptor for stdout and stderr. */
  log: number;
  /** Paths without a colon. */
  removeAfterwards: string[];
}

export interface WatchedServer {
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** Starts the server in a session of its own, so that Ctrl-C does not stop it before its clients have ended. */
export function startWatched({ command, account, directory, log, removeAfterwards }: Start): WatchedServer {
  const words = ['-c', WATCHER, 'postgres-watcher', removeAfterwards.join(':'), ...command];
  const child = spawn('/bin/sh', words, {
    ...account,
    cwd: directory,
    detached: true,
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    stdio: ['pipe', log, log],
  });
  // This process can end without stopping the server; the server then ends too.
  child.unref();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  child.on('error', () => undefined);
  return { hasEnded, stop: () => stop(child, hasEnded()) };
}

async function stop(child: ChildProcess, hasEnded: boolean): Promise<void> {
  if (hasEnded) return;
  child.ref();
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}
