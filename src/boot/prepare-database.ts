import { createPool } from '#src/infra/database/connection.ts';
import { migrate } from '#src/infra/database/migrator.ts';
import { ensurePartitions } from '#src/infra/database/partitions.ts';
import { refuseOldServer } from '#src/infra/database/server-version.ts';
import { prepareQueues } from '#src/infra/queue/prepare-queues.ts';

/** Prepares the database of `url` for this version: migrations, partitions, queues. Safe to repeat. */
export async function prepareDatabase(url: string): Promise<void> {
  const pool = createPool({
    url,
    max: 3,
    applicationName: 'hostedhooks-release',
    onError: () => undefined,
  });
  try {
    await refuseOldServer(pool);
    await migrate(pool);
    await ensurePartitions(pool, Date.now());
    await prepareQueues(pool);
  } finally {
    await pool.end();
  }
}
