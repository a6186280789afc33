import { setTimeout as pause } from 'node:timers/promises';
import { startChild } from '#src/dev/bench/child.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import type { NaiveCalls } from '#src/dev/bench/programs/naive.ts';
import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import type { Writes } from './accept.ts';

const SETTLED_WITHIN_MS = 30_000;

/** The design that a team would write itself in a week: see programs/naive.ts. */
export async function startNaive(laboratory: Laboratory, writes: Writes): Promise<Contender> {
  const { url, pool } = await laboratory.createDatabase(`naive_${writes}`);
  const child = laboratory.use(
    await startChild<NaiveCalls>('naive', { args: [writes], env: { DATABASE_URL: url } }),
  );
  return {
    pid: child.pid,
    pool,
    createApp: (endpoints) => child.call('createApp', endpoints),
    async outcomesWritten() {
      const until = performance.now() + SETTLED_WITHIN_MS;
      while (performance.now() < until) {
        const { rows } = await pool.query<{ jobs: number }>(
          `select count(*)::int as jobs from pgboss.job where state < 'completed'`,
        );
        if (rows[0]?.jobs === 0) return;
        await pause(20);
      }
      throw new Error('The outcomes were not written in time');
    },
  };
}
