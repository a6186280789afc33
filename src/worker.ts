import { runProcess } from './run-process.ts';

await runProcess(async () => {
  const { startProcfileServer } = await import('./procfile-server.ts');
  return startProcfileServer('worker', process.env);
});
