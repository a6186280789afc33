import type { Pool } from 'pg';
import { matchingText } from '#src/domain/deliveries/match-text.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import { IS_ASKED, IS_MATCH, lookedSql, OF_ENDPOINT, valuesOf } from './matching-sql.ts';
import type { AppReplayFilter } from './replay.ts';

/** Deliveries that are looked at: all by what their rows say, fewer where the message or the attempt says it. */
const MAX_ROWS = 1_000_000;
const MAX_LOOKUPS = 20_000;
const MAX_TEXTS = 500;

interface OfEndpoint {
  endpointId: string;
  isOn: boolean;
  isPaused: boolean;
  /** Deliveries that match, of those that were looked at. */
  matching: number;
}

export interface Matching {
  endpoints: OfEndpoint[];
  /** Whether all that may match was looked at. */
  isExact: boolean;
  /** What matches, when it was looked for word by word; else null. */
  found: FoundKey[] | null;
}

export interface FoundKey {
  endpointId: string;
  messageId: string;
}

/** Counts what a replay of the app would send, by endpoint: those that have a delivery that may match. */
export async function countMatching(
  pool: Pool,
  app: { accountId: string; id: string },
  filter: AppReplayFilter,
): Promise<Matching> {
  const limit = limitOf(filter);
  const values = valuesOf(app, filter);
  const [{ rows: endpoints }, { rows: counts, found }] = await Promise.all([
    pool.query<Omit<OfEndpoint, 'matching'>>(ENDPOINTS, values.slice(0, 8)),
    filter.query === undefined
      ? { ...(await pool.query<Count>(COUNTS, [...values, limit])), found: null }
      : countTexts(pool, app, { query: filter.query, values: [...values, limit] }),
  ]);
  const byEndpoint = new Map(counts.map((row) => [row.endpointId, row]));
  const looked = counts.reduce((sum, row) => sum + row.looked, 0);
  return {
    endpoints: endpoints.map((one) => ({ ...one, matching: byEndpoint.get(one.endpointId)?.matching ?? 0 })),
    isExact: looked < limit,
    found,
  };
}

function limitOf({ query, eventType, statusCode }: AppReplayFilter): number {
  if (query !== undefined) return MAX_TEXTS;
  return eventType === undefined && statusCode === undefined ? MAX_ROWS : MAX_LOOKUPS;
}

interface Count {
  endpointId: string;
  looked: number;
  matching: number;
}

interface Candidate extends FoundKey {
  isMatch: boolean;
}

async function countTexts(
  pool: Pool,
  { accountId, id: appId }: { accountId: string; id: string },
  { query, values }: { query: string; values: unknown[] },
): Promise<{ rows: Count[]; found: FoundKey[] }> {
  const text = parseTextQuery(query);
  const { rows: candidates } = await pool.query<Candidate>(CANDIDATES, values);
  const possible = candidates.filter(({ isMatch }) => isMatch);
  const found = text === undefined ? [] : await matchingText(pool, { accountId, appId, text }, possible);
  const matching = Map.groupBy(found, ({ endpointId }) => endpointId);
  const rows = [...Map.groupBy(candidates, ({ endpointId }) => endpointId)].map(([endpointId, looked]) => ({
    endpointId,
    looked: looked.length,
    matching: matching.get(endpointId)?.length ?? 0,
  }));
  return { rows, found };
}

/** The endpoints with a delivery that may match. */
const ENDPOINTS = `
  select id as "endpointId", status = 'active' as "isOn", paused_at is not null as "isPaused" from endpoints
  where ${IS_ASKED} and exists (select from deliveries where ${OF_ENDPOINT} offset 0)`;

const COUNTS = `
  select endpoint_id as "endpointId", count(*)::int as looked, (count(*) filter (where ${IS_MATCH}))::int as matching
  from (${lookedSql()}) looked group by endpoint_id`;

const CANDIDATES = `
  select endpoint_id as "endpointId", message_id as "messageId", ${IS_MATCH} as "isMatch" from (${lookedSql()}) looked`;
