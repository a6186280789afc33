import type { Pool } from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { loadDeliveries } from '#src/domain/deliveries/load-deliveries.ts';
import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';
import { rescueLeases } from '#src/infra/queue/rescue-leases.ts';

/**
 * Continues at once what a killed run has left, instead of waiting for its leases. Nobody else holds any: we have just
 * started the database, and only we run on it.
 */
export async function rescueLeasesOfDeadProcess(url: string): Promise<void> {
  const pool = createPool({
    url,
    max: 1,
    applicationName: 'hostedhooks-take-over',
    onError: () => undefined,
  });
  try {
    const count = await countOwed(pool, await rescueLeases(pool));
    if (count > 0) console.log(`Taking over ${String(count)} ${count === 1 ? 'delivery' : 'deliveries'}…`);
  } finally {
    await pool.end();
  }
}

/** Leases name what they once covered; how much of it is still owed only its rows tell. One by one: they hold bodies. */
async function countOwed(pool: Pool, leases: DeliveryJobData[]): Promise<number> {
  let count = 0;
  for (const lease of leases) count += (await loadDeliveries(pool, lease)).length;
  return count;
}
