import type { Pool } from 'pg';
import { deleteInBatches, type Doomed } from '#src/infra/database/delete-in-batches.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { firstIdAt, timeOfId } from '#src/infra/lib/ids.ts';
import { createThrottle } from '#src/infra/lib/throttle.ts';
import { COUNTS_KEPT_DAYS, DIAGNOSTICS_KEPT_DAYS } from '#src/domain/plans/kept-days.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { dayAt } from '#src/domain/quotas/month.ts';
import { compactCounts } from './compact-counts.ts';
import { forgetMessages } from './forget-messages.ts';
import { forgetRoutingHistory } from './forget-routing-history.ts';
import type { OldLog } from './old-log.ts';

const DAY_MS = 86_400_000;

/**
 * Deletes what is older than the account's plan keeps, in throttled batches. A message with an outstanding delivery
 * stays, with its deliveries and attempts, until the delivery has succeeded or failed for good.
 */
export async function applyRetention(
  { pool, clock }: { pool: Pool; clock: Clock },
  accountId: string,
  signal: AbortSignal,
): Promise<void> {
  const days = await retentionDays(pool, accountId);
  if (days === undefined) return;
  const nowMs = clock.now();
  const log = {
    accountId,
    nowMs,
    beforeId: firstIdAt(nowMs - days * DAY_MS),
    throttle: createThrottle({ signal }),
  };
  // Messages go first, because the other rules ask which messages are left.
  await forgetMessages(pool, log);
  for (const doomed of rowsBeside(log)) await deleteInBatches(pool, doomed, log.throttle);
  await compactCounts(pool, log);
  await forgetRoutingHistory(pool, log);
}

/** Undefined when the account is gone. Fails closed: throws for an unknown plan, so that nothing is deleted. */
async function retentionDays(pool: Pool, accountId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ plan: string }>('select plan from accounts where id = $1', [accountId]);
  if (rows[0] === undefined) return undefined;
  const plan = findPlan(rows[0].plan);
  if (plan === undefined) throw new Error(`Account ${accountId} has no plan that we know`);
  return plan.retentionDays;
}

const rowsBeside = (log: OldLog): Doomed[] => [
  ...oldRows(log),
  ...expiredRows(log),
  ...oldCounts(log),
  resolvedIssues(log),
];

/** Issues that ended before what is kept. All rows of the account are looked at: a few for each endpoint. */
function resolvedIssues({ accountId, beforeId }: OldLog): Doomed {
  const before = new Date(timeOfId(beforeId)).toISOString();
  const except = `status <> 'resolved' or resolved_at >= '${before}'`;
  return { accountId, table: 'issues', key: ['id'], except };
}

/** Deliveries are listed because a replay may have written one while its message was deleted. */
function oldRows({ accountId, beforeId, nowMs }: OldLog): Doomed[] {
  const weekAgo = firstIdAt(nowMs - DIAGNOSTICS_KEPT_DAYS * DAY_MS);
  const diagnostics = { column: 'id', value: weekAgo > beforeId ? weekAgo : beforeId };
  const older = (column: string) => ({ column, value: beforeId });
  return [
    {
      accountId,
      table: 'deliveries',
      key: ['message_id', 'endpoint_id'],
      before: older('message_id'),
      except: messageIsKept('deliveries'),
    },
    {
      accountId,
      table: 'attempts',
      key: ['app_id', 'id'],
      before: older('id'),
      except: messageIsKept('attempts'),
    },
    { accountId, table: 'hook_helper_requests', key: ['id'], before: older('id') },
    { accountId, table: 'transformation_executions', key: ['id'], before: diagnostics },
    { accountId, table: 'api_requests', key: ['id'], before: diagnostics },
    { accountId, table: 'audit_events', key: ['id'], before: older('id') },
    {
      accountId,
      table: 'replays',
      key: ['id'],
      before: older('id'),
      except: `status in ('queued', 'running')`,
    },
    { accountId, table: 'app_replays', key: ['id'], before: older('id'), except: IS_UNFINISHED },
    // A block that ends after `beforeId` has rows that are kept.
    {
      accountId,
      table: 'search_blocks',
      key: ['app_id', 'list', 'from_id'],
      except: `to_id > '${beforeId}'`,
    },
  ];
}

/** A replay by filter of which a part is to be carried out. */
const IS_UNFINISHED = `exists (select from replays part where part.account_id = app_replays.account_id
  and part.app_replay_id = app_replays.id and part.status in ('queued', 'running'))`;

/** Rows with an expiry of their own. */
function expiredRows({ accountId, nowMs }: OldLog): Doomed[] {
  const except = `expires_at > '${new Date(nowMs).toISOString()}'`;
  return [
    { accountId, table: 'idempotency_keys', key: ['key_hash'], except },
    { accountId, table: 'deduplication_keys', key: ['endpoint_id', 'hash'], except },
    { accountId, table: 'endpoint_secrets', key: ['app_id', 'endpoint_id', 'id'], except },
    { accountId, table: 'evidence_links', key: ['id'], except },
    { accountId, table: 'portal_links_used', key: ['subscription_id', 'id'], except },
  ];
}

function oldCounts({ accountId, nowMs }: OldLog): Doomed[] {
  const until = new Date(nowMs - COUNTS_KEPT_DAYS * DAY_MS);
  return [
    {
      accountId,
      table: 'delivery_counts',
      key: ['endpoint_id', 'hour'],
      before: { column: 'hour', value: until },
    },
    {
      accountId,
      table: 'app_delivery_counts',
      key: ['app_id', 'slot', 'shard'],
      before: { column: 'slot', value: until },
    },
    {
      accountId,
      table: 'message_counts',
      key: ['day', 'shard'],
      before: { column: 'day', value: dayAt(until.getTime()) },
    },
  ];
}

/** "offset 0" keeps the planner from a join, so that each row costs one index lookup. */
const messageIsKept = (table: string) => `exists (
  select from messages where messages.account_id = $1 and messages.app_id = ${table}.app_id
    and messages.id = ${table}.message_id offset 0)`;
