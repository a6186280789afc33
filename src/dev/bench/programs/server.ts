import { loadConfig } from '#src/config.ts';
import { runProcess } from '#src/boot/run-process.ts';
import { startServer } from '#src/boot/server.ts';

// The server of the benchmark: `both` (web and worker in one process, as in `npm start`), `web` or `worker`.

await runProcess(async () => {
  const [runs = 'both'] = process.argv.slice(2) as ('both' | 'web' | 'worker')[];
  const server = await startServer(loadConfig(process.env), { runs });
  process.send?.({ isReady: true });
  return server;
});
