import { loadConfig } from '../../config.ts';
import { runProcess } from '../../run-process.ts';
import { startServer } from '../../server.ts';

// The server of the benchmark, in a process of its own: web and workers in one, as `npm start` runs them.

await runProcess(async () => {
  const server = await startServer(loadConfig(process.env), { runs: 'both' });
  process.send?.({ ready: true });
  return server;
});
