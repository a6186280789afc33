import { runProcess } from '#src/boot/run-process.ts';

await runProcess(async () => {
  const { startProcfileServer } = await import('#src/boot/procfile-server.ts');
  return startProcfileServer('worker', process.env);
});
