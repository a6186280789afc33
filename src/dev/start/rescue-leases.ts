import type { Pool } from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { loadDeliveries } from '#src/domain/deliveries/load-deliveries.ts';
import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';
import { expireLeases } from '#src/infra/queue/expire-leases.ts';

/**
 * Makes the leases of a killed process due at once, instead of waiting for their expiry. That is safe, because this
 * process has just started the database and is alone on it.
 */
export async function rescueLeasesOfDeadProcess(url: string): Promise<void> {
  const pool = createPool({
    url,
    max: 1,
    applicationName: 'hostedhooks-rescue',
    onError: () => undefined,
  });
  try {
    const count = await countOutstanding(pool, await expireLeases(pool));
    if (count > 0) console.log(`Rescuing ${String(count)} ${count === 1 ? 'delivery' : 'deliveries'}…`);
  } finally {
    await pool.end();
  }
}

/**
 * The number of outstanding deliveries, from the rows, because a lease also names deliveries whose outcomes were
 * written since. The leases are loaded one at a time, because the rows hold bodies.
 */
async function countOutstanding(pool: Pool, leases: DeliveryJobData[]): Promise<number> {
  let count = 0;
  for (const lease of leases) count += (await loadDeliveries(pool, lease)).length;
  return count;
}
