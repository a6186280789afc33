import { writeProviders } from '#src/domain/announcements/write-providers.ts';
import { createPool } from '#src/infra/database/connection.ts';
import { distributeTables } from '#src/infra/database/distribute-tables.ts';
import type { DatabaseEngine } from '#src/infra/database/engine.ts';
import { migrate } from '#src/infra/database/migrator.ts';
import { ensurePartitions } from '#src/infra/database/partitions.ts';
import { refuseWrongEngine } from '#src/infra/database/refuse-engine.ts';
import { refuseOldServer } from '#src/infra/database/server-version.ts';
import { prepareQueues } from '#src/infra/queue/prepare-queues.ts';

/**
 * Prepares the database of `url` for this version: migrations, partitions, distribution, queues, our own app. Safe to
 * repeat. Throws CannotStart, before anything is changed, when it cannot be used as `engine`.
 */
export async function prepareDatabase(url: string, engine: DatabaseEngine = 'postgresql'): Promise<void> {
  const pool = createPool({
    url,
    max: 3,
    applicationName: 'hostedhooks-release',
    onError: () => undefined,
  });
  try {
    await refuseOldServer(pool);
    await refuseWrongEngine(pool, engine);
    await migrate(pool);
    await ensurePartitions(pool, Date.now());
    if (engine === 'citus') await distributeTables(pool);
    await prepareQueues(pool, engine);
    await writeProviders(pool);
  } finally {
    await pool.end();
  }
}
