import { ANSWER_BOUNDS_MS } from './answer-times.ts';

// How attempts are counted where they are written: by endpoint and hour, and by app and five minutes.

/** Columns of a bucket of answer times each; null means none, because null costs no byte of a row. */
export const ANSWER_COLUMNS: readonly string[] = [
  ...ANSWER_BOUNDS_MS.map((bound) => `took_${String(bound)}`),
  'took_longer',
];

/** The slots of `app_delivery_counts`, which its rows are in until they are a day old. */
export const SLOT_MS = 300_000;

/** SQL: the bucket of an attempt that took `durationMs` (SQL). */
const bucketSql = (durationMs: string) =>
  `width_bucket(${durationMs} - 1, '{${ANSWER_BOUNDS_MS.join(',')}}'::integer[])`;

/** Ends an insert into a table of counts: adds to the row that is there. */
export const addingTo = (table: string, key: string) => `on conflict (${key}) do update
  set succeeded = ${table}.succeeded + excluded.succeeded, failed = ${table}.failed + excluded.failed,
    ${ANSWER_COLUMNS.map((name) => `${name} = coalesce(${table}.${name} + excluded.${name}, ${table}.${name}, excluded.${name})`).join(', ')}`;

export const ENDPOINT_KEY = 'account_id, endpoint_id, hour';
export const APP_KEY = 'account_id, app_id, slot, shard';

const COUNTS = `succeeded, failed, ${ANSWER_COLUMNS.join(', ')}`;
const SUMS = ['succeeded', 'failed', ...ANSWER_COLUMNS].map((name) => `sum(${name})`).join(', ');

/** What a statement that inserts attempts must return for {@link countAttempted}. */
export const ATTEMPTED = `account_id, app_id, endpoint_id, trigger, succeeded, outcome, duration_ms,
  time_of_id(id) - duration_ms * interval '1 millisecond' as attempted_at`;

/**
 * SQL: parts of a `with` that count the rows of its part `attempted`, which returned {@link ATTEMPTED}. In key order,
 * so that two processes do not deadlock. `shard` (SQL) keeps processes from waiting for one another's row of an app.
 */
export const countAttempted = (shard: string) => `
  counted as materialized (
    select account_id, app_id, endpoint_id, slot, count(*) filter (where succeeded) as succeeded,
      count(*) filter (where not succeeded) as failed,
      ${ANSWER_COLUMNS.map((name, bucket) => `nullif(count(*) filter (where bucket = ${String(bucket)}), 0) as ${name}`).join(', ')}
    from (
      select account_id, app_id, endpoint_id, succeeded,
        date_bin('5 minutes', attempted_at, '2000-01-01T00:00:00Z'::timestamptz) as slot,
        case when outcome is null then ${bucketSql('duration_ms')} end as bucket
      from attempted where trigger is distinct from 'test'
    ) timed
    group by 1, 2, 3, 4
  ), by_endpoint as (
    insert into delivery_counts (account_id, app_id, endpoint_id, hour, ${COUNTS})
    select account_id, app_id, endpoint_id, date_trunc('hour', slot, 'UTC'), ${SUMS}
    from counted group by 1, 2, 3, 4 order by 1, 3, 4
    ${addingTo('delivery_counts', ENDPOINT_KEY)}
  ), by_app as (
    insert into app_delivery_counts (account_id, app_id, slot, shard, ${COUNTS})
    select account_id, app_id, slot, ${shard}, ${SUMS} from counted group by 1, 2, 3 order by 1, 2, 3
    ${addingTo('app_delivery_counts', APP_KEY)}
  )`;

/** The shard of rows that were put together; shards of processes are not negative. */
const COMPACTED_SHARD = -1;

/**
 * Puts the slots of an account ($1) before $2 together into one row an hour, $3 of them at most, and answers how many
 * it took. What is counted later for an old slot is added to the hour by the next run.
 */
export const COMPACT = `
  with taken as (
    delete from app_delivery_counts where account_id = $1 and (app_id, slot, shard) in (
      select app_id, slot, shard from app_delivery_counts
      where account_id = $1 and slot < $2 and shard >= 0 order by app_id, slot limit $3)
    returning *
  ), hours as (
    insert into app_delivery_counts (account_id, app_id, slot, shard, ${COUNTS})
    select account_id, app_id, date_trunc('hour', slot, 'UTC'), ${String(COMPACTED_SHARD)}, ${SUMS} from taken
    group by 1, 2, 3 order by 1, 2, 3
    ${addingTo('app_delivery_counts', APP_KEY)}
  )
  select count(*)::int as taken from taken`;
