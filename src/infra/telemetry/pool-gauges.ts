import type { FairPool } from '#src/infra/database/fair-pool.ts';
import { type Family, gauge } from '#src/infra/lib/metrics.ts';

/** Gauges of this process: deliveries in flight and in memory, and connections of the data plane's pool. */
export function poolGauges(
  pool: Pick<FairPool, 'totalCount' | 'idleCount' | 'waitedFor'>,
  { inFlight, pending }: { inFlight: number; pending: number },
): Family[] {
  const { totalCount, idleCount, waitedFor } = pool;
  const connections = { busy: totalCount - idleCount, idle: idleCount, waited_for: waitedFor };
  return [
    gauge(
      { name: 'hostedhooks_deliveries_in_flight', help: 'Requests to endpoints that are under way.' },
      inFlight,
    ),
    gauge(
      { name: 'hostedhooks_deliveries_in_memory', help: 'Deliveries that the process has a lease on.' },
      pending,
    ),
    gauge(
      { name: 'hostedhooks_database_connections', help: 'Of the pool of the data plane.', label: 'state' },
      connections,
    ),
  ];
}
