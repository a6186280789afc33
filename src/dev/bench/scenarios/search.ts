import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { AttemptFilters } from '#src/domain/attempts/attempts.ts';
import { Attempts } from '#src/domain/attempts/attempts.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import { prepareOurDatabase } from '#src/dev/bench/contenders/ours.ts';
import { cpuSeconds } from '#src/dev/bench/proc.ts';
import { startCounting } from '#src/dev/bench/costs.ts';
import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';
import { type Percentiles, percentilesOf } from '#src/dev/bench/percentiles.ts';
import { fillLog } from '#src/dev/bench/searched-log.ts';
import type { Scenario } from './scenario.ts';

interface Searched {
  what: string;
  rows: number;
  /** Whether the first page ended before the whole log was searched. */
  isCutShort: boolean;
  ms: Percentiles;
}

export interface Search {
  rows: number;
  searches: Searched[];
  index: {
    /** Per 1,000 rows, of this process, which builds the blocks. */
    cpuMsPerThousand: number;
    postgresCpuMsPerThousand: number;
    wallMsPerThousand: number;
    walBytesPerRow: number;
    bytesPerRow: number;
  };
}

const PAGE = { limit: 26, offset: 0 };
const ROUNDS = 40;

export const search: Scenario<Search> = {
  title: 'Searching',
  about:
    'First pages of an app with as many messages and attempts as the deep queues have jobs, 300 bytes each. Rare: one row has the word.',
  async measure(laboratory) {
    const { pool } = await prepareOurDatabase(laboratory, 'search');
    const rows = laboratory.depth;
    const { app, endpointIds } = await fillLog(pool, rows);
    const index = await timeIndex(pool, rows * 2.2);
    const rare = `ord_${createHash('md5')
      .update(String(Math.floor(rows / 3)))
      .digest('hex')
      .slice(0, 14)}`;
    const endpointId = endpointIds[3 % endpointIds.length];
    const endpointOfRare = endpointIds[Math.floor(rows / 3) % endpointIds.length];
    const wanted: [string, string | undefined, AttemptFilters][] = [
      ['rare word', rare, {}],
      ['common word', 'springfield', {}],
      ['word of one in 20', 'blue', {}],
      ['word, endpoint and failed', 'springfield', { endpointId, status: 'failed' }],
      ['answer, endpoint and failed', '"out of order"', { endpointId, status: 'failed' }],
      ['rare word, endpoint and success', rare, { endpointId: endpointOfRare, status: 'success' }],
      ['endpoint and failed, no word', undefined, { endpointId, status: 'failed' }],
      ['endpoint that never failed, failed', undefined, { endpointId: endpointIds[5], status: 'failed' }],
      ['two common words that never meet', 'blue circle', {}],
      ['no such word', 'nowhere4711', {}],
    ];
    const searches: Searched[] = [];
    for (const [what, q, filters] of wanted) {
      const text = q === undefined ? undefined : parseTextQuery(q);
      const rounds = laboratory.share(ROUNDS);
      searches.push(await timeSearch(pool, app as App, { what, filters: { ...filters, text }, rounds }));
    }
    return { rows, index, searches };
  },
  rows: ({ searches, index }) => [
    ...searches.map(({ what, rows, isCutShort, ms }) => ({
      search: what,
      found: rows,
      'goes on': isCutShort ? 'yes' : '',
      'p50 ms': ms.p50,
      'p95 ms': ms.p95,
      'max ms': ms.max,
    })),
    {
      search: `index: ${index.cpuMsPerThousand.toFixed(1)} ms of CPU per 1,000 rows and ${index.postgresCpuMsPerThousand.toFixed(1)} of PostgreSQL, ${index.walBytesPerRow.toFixed(0)} bytes of WAL a row, ${index.bytesPerRow.toFixed(0)} kept`,
      found: '',
      'goes on': '',
      'p50 ms': '',
      'p95 ms': '',
      'max ms': '',
    },
  ],
};

async function timeIndex(pool: Pool, rows: number): Promise<Search['index']> {
  const index = new SearchIndex({ pool, clock: systemClock, logger: createLogger('error') });
  const startedAt = monotonicMs();
  const count = await startCounting({ pid: process.pid, pool, cpuOf: cpuSeconds });
  await index.catchUp();
  const wallMs = monotonicMs() - startedAt;
  const { serverCpuSeconds, postgresCpuSeconds, walBytes } = await count();
  const { rows: sizes } = await pool.query<{ bytes: string }>(
    `select pg_total_relation_size('search_blocks') as bytes`,
  );
  return {
    cpuMsPerThousand: (serverCpuSeconds * 1000) / (rows / 1000),
    postgresCpuMsPerThousand: (postgresCpuSeconds * 1000) / (rows / 1000),
    wallMsPerThousand: wallMs / (rows / 1000),
    walBytesPerRow: walBytes / rows,
    bytesPerRow: Number(sizes[0]?.bytes ?? 0) / rows,
  };
}

async function timeSearch(
  pool: Pool,
  app: App,
  { what, filters, rounds }: { what: string; filters: AttemptFilters; rounds: number },
): Promise<Searched> {
  const attempts = new Attempts({ pool });
  const times: number[] = [];
  let found = await attempts.search(app, filters, PAGE);
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = monotonicMs();
    found = await attempts.search(app, filters, PAGE);
    times.push(monotonicMs() - startedAt);
  }
  return {
    what,
    rows: found.rows.length,
    isCutShort: found.resumeAfter !== undefined,
    ms: percentilesOf(times),
  };
}
