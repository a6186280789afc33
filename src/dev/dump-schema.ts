import { readFile, writeFile } from 'node:fs/promises';
import { createPool } from '#src/infra/database/connection.ts';
import { migrate } from '#src/infra/database/migrator.ts';
import { dumpSchema } from '#src/infra/database/schema-dump.ts';
import { startTemporaryPostgres } from '#src/dev/embedded-postgres/index.ts';

const FILE = new URL('../infra/database/schema.sql', import.meta.url);

const dumped = await dumpMigratedSchema();
if (!process.argv.includes('--check')) {
  await writeFile(FILE, dumped);
} else if (dumped !== (await readFile(FILE, 'utf8').catch(() => ''))) {
  console.error(
    'src/infra/database/schema.sql is not what the migrations make: run `npm run schema` and commit it.',
  );
  process.exitCode = 1;
}

async function dumpMigratedSchema(): Promise<string> {
  const postgres = await startTemporaryPostgres();
  const pool = createPool({
    url: postgres.url,
    max: 1,
    applicationName: 'dump-schema',
    onError: () => undefined,
  });
  try {
    await migrate(pool);
    return await dumpSchema(pool);
  } finally {
    await pool.end();
    await postgres.stop();
  }
}
