import { loadConfig } from '#src/config.ts';
import { runProcess } from '#src/boot/run-process.ts';
import { startServer } from '#src/boot/server.ts';

// The server of the benchmark, in a process of its own: `both` (web and workers in one, as `npm start` runs them), `web`
// or `worker`.

await runProcess(async () => {
  const [runs = 'both'] = process.argv.slice(2) as ('both' | 'web' | 'worker')[];
  const server = await startServer(loadConfig(process.env), { runs });
  process.send?.({ isReady: true });
  return server;
});
