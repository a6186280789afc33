import type { Pool } from 'pg';
import { BURST_SECONDS } from '#src/domain/plans/plans.ts';

export interface Wish {
  /** Where the buckets are. */
  table: 'publish_rates' | 'test_rates';
  accountId: string;
  /** Tokens a second. */
  rate: number;
  /** At least so many, or none. */
  need: number;
  /** If there are so many. */
  wish: number;
  nowMs: number;
}

export interface Taken {
  granted: number;
  /** What the bucket holds after that. */
  left: number;
}

/**
 * Takes tokens out of an account's bucket, which all processes share. More than it can ever hold are granted when it is
 * full. A time that is further off than a bucket takes to fill was written by a clock that was wrong: it is passed over.
 */
export async function takeTokens(
  pool: Pool,
  { table, accountId, rate, need, wish, nowMs }: Wish,
): Promise<Taken> {
  const now = nowMs / 1000;
  const { rows } = await pool.query<{ fullAt: number; granted: number }>({
    name: `take-tokens-${table}`,
    text: takeFrom(table),
    values: [accountId, now, rate, Math.ceil(need), Math.ceil(wish), BURST_SECONDS],
  });
  const { fullAt = now, granted = 0 } = rows[0] ?? {};
  return { granted, left: Math.max(0, (BURST_SECONDS - Math.max(0, fullAt - now)) * rate) };
}

/** A hundredth of a token more than there seem to be: what floating point took off a full one. */
const takeFrom = (table: Wish['table']) => `
  with asked as (
    select $1::uuid as account_id, $2::float8 as now, $3::float8 as rate, $4::int as need, $5::int as wish,
      $6::float8 as seconds
  )
  insert into ${table} as kept (account_id, full_at, granted)
  select account_id, now + taken / rate, taken
  from asked, lateral (select greatest(need, least(wish, seconds * rate))::int as taken)
  on conflict (account_id) do update set (full_at, granted) = (
    select since + taken / rate, taken from asked,
      lateral (select case when kept.full_at > now + 2 * seconds then now else greatest(kept.full_at, now) end as since),
      lateral (select (seconds - (since - now)) * rate + 0.01 as available),
      lateral (select case when available >= least(need, seconds * rate)
        then greatest(need, least(wish, floor(available)))::int else 0 end as taken))
  returning full_at as "fullAt", granted`;
