import { loadConfig } from './config.ts';
import { runProcess } from './run-process.ts';
import { startServer } from './server.ts';

await runProcess(() => startServer(loadConfig(process.env), { runs: 'web' }));
