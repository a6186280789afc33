import type { Pool } from 'pg';
import { idRange } from '#src/infra/database/id-range.ts';
import { matchesSql } from '#src/domain/deliveries/match-sql.ts';
import { matchingText } from '#src/domain/deliveries/match-text.ts';
import { parseTextQuery } from '#src/domain/search/text-query.ts';
import type { AppReplayFilter } from './replay.ts';

/** Deliveries that are looked at: all by what their rows say, fewer where the message or the attempt says it. */
const MAX_ROWS = 1_000_000;
const MAX_LOOKUPS = 20_000;
const MAX_TEXTS = 500;

interface OfEndpoint {
  endpointId: string;
  isOn: boolean;
  /** Deliveries that match, of those that were looked at. */
  matching: number;
}

export interface Matching {
  endpoints: OfEndpoint[];
  /** Whether all that may match was looked at. */
  isExact: boolean;
}

/** Counts what a replay of the app would send, by endpoint: those that have a delivery that may match. */
export async function countMatching(
  pool: Pool,
  app: { accountId: string; id: string },
  filter: AppReplayFilter,
): Promise<Matching> {
  const [from, to] = idRange(filter, { limit: 0, offset: 0 });
  const limit = limitOf(filter);
  const values = [
    app.accountId,
    app.id,
    filter.states,
    from,
    to,
    filter.reason ?? null,
    filter.endpointId ?? null,
    filter.subscriptionId ?? null,
    filter.eventType ?? null,
    filter.statusCode ?? null,
  ];
  const [{ rows: endpoints }, counts] = await Promise.all([
    pool.query<Omit<OfEndpoint, 'matching'>>(ENDPOINTS, values.slice(0, 8)),
    filter.query === undefined
      ? pool.query<Count>(COUNTS, [...values, limit])
      : { rows: await countTexts(pool, app, { query: filter.query, values: [...values, limit] }) },
  ]);
  const byEndpoint = new Map(counts.rows.map((row) => [row.endpointId, row]));
  const looked = counts.rows.reduce((sum, row) => sum + row.looked, 0);
  return {
    endpoints: endpoints.map((one) => ({ ...one, matching: byEndpoint.get(one.endpointId)?.matching ?? 0 })),
    isExact: looked < limit,
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

interface Candidate {
  endpointId: string;
  messageId: string;
  isMatch: boolean;
}

async function countTexts(
  pool: Pool,
  { accountId, id: appId }: { accountId: string; id: string },
  { query, values }: { query: string; values: unknown[] },
): Promise<Count[]> {
  const text = parseTextQuery(query);
  const { rows } = await pool.query<Candidate>(CANDIDATES, values);
  const possible = rows.filter(({ isMatch }) => isMatch);
  const found = text === undefined ? [] : await matchingText(pool, { accountId, appId, text }, possible);
  const matching = Map.groupBy(found, ({ endpointId }) => endpointId);
  return [...Map.groupBy(rows, ({ endpointId }) => endpointId)].map(([endpointId, looked]) => ({
    endpointId,
    looked: looked.length,
    matching: matching.get(endpointId)?.length ?? 0,
  }));
}

const ASKED = `endpoints.account_id = $1 and endpoints.app_id = $2
  and ($7::uuid is null or endpoints.id = $7) and ($8::uuid is null or endpoints.subscription_id = $8)`;

const OF_ENDPOINT = `deliveries.account_id = $1 and deliveries.endpoint_id = endpoints.id and state = any($3)
  and message_id >= $4 and message_id < $5 and ($6::text is null or reason = $6)`;

/** The endpoints with a delivery that may match. */
const ENDPOINTS = `
  select id as "endpointId", status = 'active' as "isOn" from endpoints
  where ${ASKED} and exists (select from deliveries where ${OF_ENDPOINT} offset 0)`;

const LOOKED = `
  select endpoints.id as endpoint_id, message_id from endpoints cross join lateral (
    select message_id from deliveries where ${OF_ENDPOINT} limit $11 offset 0
  ) of_endpoint where ${ASKED} limit $11`;

const IS_MATCH = matchesSql({
  accountId: '$1',
  appId: '$2',
  messageId: 'looked.message_id',
  endpointId: 'looked.endpoint_id',
  eventType: '$9',
  statusCode: '$10',
});

const COUNTS = `
  select endpoint_id as "endpointId", count(*)::int as looked, (count(*) filter (where ${IS_MATCH}))::int as matching
  from (${LOOKED}) looked group by endpoint_id`;

const CANDIDATES = `
  select endpoint_id as "endpointId", message_id as "messageId", ${IS_MATCH} as "isMatch" from (${LOOKED}) looked`;
