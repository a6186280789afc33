import type { Pool } from 'pg';
import { BURST_SECONDS } from '#src/domain/plans/plans.ts';

export interface TokenRequest {
  /** The table of the buckets. */
  table: 'publish_rates' | 'test_rates';
  accountId: string;
  /** Tokens a second. */
  rate: number;
  /** Tokens: at least so many are granted, or none. */
  need: number;
  /** Tokens: at most so many are granted, unless `need` is more. */
  want: number;
  nowMs: number;
}

export interface Taken {
  granted: number;
  /** Tokens that the bucket holds after that. */
  left: number;
}

/**
 * Takes tokens from an account's bucket, which all processes share (GCRA). A `need` beyond the bucket's capacity is
 * granted when the bucket is full. A stored time further ahead than twice the time to fill the bucket is ignored,
 * because it came from a wrong clock.
 */
export async function takeTokens(
  pool: Pool,
  { table, accountId, rate, need, want, nowMs }: TokenRequest,
): Promise<Taken> {
  const now = nowMs / 1000;
  const { rows } = await pool.query<{ fullAt: number; granted: number }>({
    name: `take-tokens-${table}`,
    text: takeFrom(table),
    values: [accountId, now, rate, Math.ceil(need), Math.ceil(want), BURST_SECONDS],
  });
  const { fullAt = now, granted = 0 } = rows[0] ?? {};
  return { granted, left: Math.max(0, (BURST_SECONDS - Math.max(0, fullAt - now)) * rate) };
}

/**
 * Each sub-select has an alias, because PostgreSQL before 16 demands it. The 0.01 of a token makes up for the rounding
 * of floating point, which leaves a full bucket just short.
 */
const takeFrom = (table: TokenRequest['table']) => `
  with asked as (
    select $1::uuid as account_id, $2::float8 as now, $3::float8 as rate, $4::int as need, $5::int as wish,
      $6::float8 as seconds
  )
  insert into ${table} as kept (account_id, full_at, granted)
  select account_id, now + taken / rate, taken
  from asked, lateral (select greatest(need, least(wish, seconds * rate))::int as taken) first
  on conflict (account_id) do update set (full_at, granted) = (
    select since + taken / rate, taken from asked,
      lateral (select case when kept.full_at > now + 2 * seconds then now else greatest(kept.full_at, now) end as since) filled,
      lateral (select (seconds - (since - now)) * rate + 0.01 as available) bucket,
      lateral (select case when available >= least(need, seconds * rate)
        then greatest(need, least(wish, floor(available)))::int else 0 end as taken) granted_now)
  returning full_at as "fullAt", granted`;
