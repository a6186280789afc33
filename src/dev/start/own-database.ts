import type { Config } from '#src/config.ts';
import { startEmbeddedPostgres } from '#src/dev/embedded-postgres/index.ts';
import { claimDataFolder } from '#src/dev/run-file.ts';
import { checkPort } from '#src/boot/check-port.ts';

/** Starts the embedded PostgreSQL of a data folder, which this process owns until `stop`. */
export async function startOwnDatabase({ dataDir, http }: Config) {
  const runFile = await claimDataFolder(dataDir, http.baseUrl);
  try {
    await checkPort(http);
    const postgres = await startEmbeddedPostgres({ dataDir });
    return {
      url: postgres.url,
      isOurs: true,
      announceStop: () => runFile.announceStop(),
      async stop() {
        await postgres.stop();
        await runFile.remove();
      },
    };
  } catch (error) {
    await runFile.remove();
    throw error;
  }
}
