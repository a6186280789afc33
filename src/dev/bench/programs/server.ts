import { loadConfig } from '#src/config.ts';
import { ProcessGroup } from '#src/boot/process-group.ts';
import { runProcess } from '#src/boot/run-process.ts';
import { startServer } from '#src/boot/server.ts';

// The server of the benchmark: `both` (web and worker in one process, as in `npm start`), `web` or `worker`.

await runProcess(async () => {
  const [runs = 'both'] = process.argv.slice(2) as ('both' | 'web' | 'worker')[];
  const config = loadConfig(process.env);
  const server =
    config.processes.count === 1 ? await startServer(config, { runs }) : await startGroup(config);
  process.send?.({ isReady: true });
  return server;
});

async function startGroup({ processes, logLevel }: ReturnType<typeof loadConfig>): Promise<ProcessGroup> {
  const group = new ProcessGroup({ ...processes, logLevel });
  await group.start();
  return group;
}
