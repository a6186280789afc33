import type { Pool } from 'pg';
import { PgBoss } from 'pg-boss';

/** Whether a release has installed the queues for this version of pg-boss. */
export async function areQueuesInstalled(pool: Pool): Promise<boolean> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values === undefined ? undefined : [...values]) },
    schema: 'pgboss',
    supervise: false,
    schedule: false,
    migrate: false,
    createSchema: false,
  });
  try {
    await boss.start();
    await boss.stop({ graceful: false });
    return true;
  } catch (error) {
    // Errors of PostgreSQL have a code. The error of pg-boss' failed check has none.
    if (error instanceof Error && 'code' in error) throw error;
    return false;
  }
}
