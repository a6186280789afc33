import { startEmbeddedPostgres } from '../embedded-postgres/index.ts';
import { claimDataFolder } from '../run-file.ts';

/** The embedded PostgreSQL of a data folder that is ours alone until it is stopped; `webUrl` is where we answer. */
export async function startOwnDatabase(dataDir: string, webUrl: string) {
  const runFile = await claimDataFolder(dataDir, webUrl);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir });
    return {
      url: postgres.url,
      // One that another command started (a test, the schema dump) may have clients of its own.
      isOurs: !postgres.isAdopted,
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
