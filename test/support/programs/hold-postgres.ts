import { startEmbeddedPostgres, startTemporaryPostgres } from '#src/dev/embedded-postgres/index.ts';

// Starts a PostgreSQL (in the folder that it is given, else a temporary one), says where, and never stops it.
const dataDir = process.argv[2];
const { url } =
  dataDir === undefined ? await startTemporaryPostgres() : await startEmbeddedPostgres({ dataDir });
process.stdout.write(`${url}\n`);
setInterval(() => undefined, 60_000);
