import { fileURLToPath } from 'node:url';
import type { Config } from '#src/config.ts';
import type { Running } from '#src/boot/run-process.ts';

interface Servers extends Running {
  url: string;
}

const PROGRAM = fileURLToPath(new URL('./server-process.ts', import.meta.url));

/**
 * Starts web and worker in this process, or in processes beside it when WEB_CONCURRENCY asks for several; `env` are
 * their variables that differ from ours.
 */
export async function startServers(config: Config, env: NodeJS.ProcessEnv): Promise<Servers> {
  const { count, envOf } = config.processes;
  if (count === 1) {
    const { startServer } = await import('#src/boot/server.ts');
    return startServer(config, { runs: 'both' });
  }
  const { ProcessGroup } = await import('#src/boot/process-group.ts');
  const group = new ProcessGroup({
    count,
    envOf: (number) => ({ ...env, ...envOf(number) }),
    logLevel: config.logLevel,
    program: PROGRAM,
  });
  await group.start();
  return {
    url: `http://localhost:${String(config.http.port)}`,
    failed: group.failed,
    stop: () => group.stop(),
  };
}
