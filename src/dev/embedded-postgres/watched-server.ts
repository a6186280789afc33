import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Account } from './account.ts';

/**
 * Runs the server until it ends or standard input does, which is a pipe from us: the kernel closes it when we die, be
 * it by kill -9, and then the server gets SIGINT, its fast shutdown. What was made for this run is removed after it.
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
  /** The file descriptor that both its outputs go to. */
  log: number;
  /** Paths without a colon. */
  removeAfterwards: string[];
}

export interface WatchedServer {
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** In a session of its own, so that Ctrl-C in a terminal reaches only us, who stop it when its clients are done. */
export function startWatched({ command, account, directory, log, removeAfterwards }: Start): WatchedServer {
  const words = ['-c', WATCHER, 'postgres-watcher', removeAfterwards.join(':'), ...command];
  const child = spawn('/bin/sh', words, {
    ...account,
    cwd: directory,
    detached: true,
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    stdio: ['pipe', log, log],
  });
  // A program that forgets to stop the server can end nevertheless; the server then follows it.
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

/** Free when asked; another program may be faster, then the server does not start and is given another one. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port');
  return address.port;
}
