import { loadConfig } from '#src/config.ts';
import { runProcess } from '#src/boot/run-process.ts';

// One of the servers of `npm start`, when WEB_CONCURRENCY asks for several.

await runProcess(async () => {
  const { startServer } = await import('#src/boot/server.ts');
  return startServer(loadConfig(process.env), { runs: 'both' });
});
