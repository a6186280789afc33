import { startTestServer, type TestServer } from './server.ts';

type Runs = 'both' | 'web';

interface Shared {
  started: Promise<TestServer>;
  users: number;
}

const shared = new Map<Runs, Shared>();
let areKept = false;

/**
 * The server of all files of this process that need no environment, clock or database of their own: accounts isolate
 * their tests. Whoever looks at whole tables starts a server of its own. Disposing gives it back, and throws when an
 * answer since was not as the API is described; the last one stops it, unless a bundle keeps it for its next file.
 */
export async function sharedServer(runs: Runs = 'both'): Promise<TestServer> {
  const server = shared.get(runs) ?? { started: startTestServer({ runs }), users: 0 };
  shared.set(runs, server);
  server.users += 1;
  const started = await server.started;
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      server.users -= 1;
      started.assertConformance();
      if (server.users === 0 && !areKept) await stop(runs);
    },
  };
}

/** Keeps servers between the files of a bundle, until the end that this gives. */
export function keepSharedServers(): () => Promise<void> {
  areKept = true;
  return async () => {
    areKept = false;
    await Promise.all([...shared.keys()].map(stop));
  };
}

async function stop(runs: Runs): Promise<void> {
  const server = shared.get(runs);
  shared.delete(runs);
  await (await server?.started)?.[Symbol.asyncDispose]();
}
