import { loadConfig } from '../../../config.ts';
import { runProcess } from '../../../run-process.ts';
import { startServer } from '../../../server.ts';

// The server of the benchmark, in a process of its own: `both` (web and workers in one, as `npm start` runs them), `web`
// or `worker`.

await runProcess(async () => {
  const [runs = 'both'] = process.argv.slice(2) as ('both' | 'web' | 'worker')[];
  const server = await startServer(loadConfig(process.env), { runs });
  process.send?.({ isReady: true });
  return server;
});
