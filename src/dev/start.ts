import { runProcess } from '#src/boot/run-process.ts';

// Everything in one process on a fresh clone: `npm start`.

await runProcess(async (stopping) => {
  const { startEverything } = await import('#src/dev/start/index.ts');
  return startEverything(process.env, stopping);
});
