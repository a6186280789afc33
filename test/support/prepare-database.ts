import { createPool } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrator.ts';
import { ensurePartitions } from '../../src/database/partitions.ts';

/** Brings the empty database of `url` to where the release phase brings it. */
export async function prepareDatabase(url: string): Promise<void> {
  const pool = createPool({ url, max: 2, applicationName: 'prepare', onError: () => undefined });
  try {
    await migrate(pool);
    await ensurePartitions(pool, Date.now());
  } finally {
    await pool.end();
  }
}
