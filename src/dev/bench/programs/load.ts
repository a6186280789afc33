import { serveParent } from '#src/dev/bench/serve-parent.ts';
import { LoadConnection, type Target } from '#src/dev/bench/wire/load-connection.ts';
import { type ClosedLoop, postClosedLoop } from '#src/dev/bench/wire/post-closed-loop.ts';
import { type OpenLoop, postOpenLoop } from '#src/dev/bench/wire/post-open-loop.ts';
import type { Posted } from '#src/dev/bench/wire/posted.ts';

// The load generator of the benchmark.

export interface Load {
  target: Target;
  connections: number;
  /** A closed loop, or an open loop with a steady rate. */
  pace: ClosedLoop | OpenLoop;
}

const calls = { post };
export type LoadCalls = typeof calls;
serveParent(calls);

async function post({ target, connections, pace }: Load): Promise<Posted> {
  const open = await Promise.all(Array.from({ length: connections }, () => LoadConnection.open(target)));
  const posted = await ('perSecond' in pace ? postOpenLoop(open, pace) : postClosedLoop(open, pace));
  for (const connection of open) connection.close();
  return posted;
}
