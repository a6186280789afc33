import type { Pool } from 'pg';
import { findPlan } from '../accounts/plans.ts';
import { deleteInBatches, type Doomed } from '../database/delete-in-batches.ts';
import type { Clock } from '../lib/clock.ts';
import { firstIdAt } from '../lib/ids.ts';
import { createPace, type Pace } from '../lib/pace.ts';
import { dayAt } from '../quotas/month.ts';
import { forgetMessages } from './forget-messages.ts';
import { forgetRoutingHistory } from './forget-routing-history.ts';

/** The part of an account's log whose time is over. */
export interface OldLog {
  accountId: string;
  nowMs: number;
  /** The first id that is young enough to stay. */
  beforeId: string;
  pace: Pace;
}

const DAY_MS = 86_400_000;
/** Long enough for the same month of last year. */
const COUNTS_KEPT_DAYS = 400;

/**
 * Deletes what is older than the account's plan keeps, in batches with rests between them. What is still owed stays, with
 * all that belongs to it, until it has been delivered or given up.
 */
export async function applyRetention(
  { pool, clock }: { pool: Pool; clock: Clock },
  accountId: string,
  signal: AbortSignal,
): Promise<void> {
  const days = await retentionDays(pool, accountId);
  if (days === undefined) return;
  const nowMs = clock.now();
  const log = { accountId, nowMs, beforeId: firstIdAt(nowMs - days * DAY_MS), pace: createPace({ signal }) };
  // First: the rest goes by which messages are left.
  await forgetMessages(pool, log);
  for (const doomed of rowsBeside(log)) await deleteInBatches(pool, doomed, log.pace);
  await forgetRoutingHistory(pool, log);
}

/** Undefined when the account is gone. Fails closed: of a plan that we do not know, nothing is deleted. */
async function retentionDays(pool: Pool, accountId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ plan: string }>('select plan from accounts where id = $1', [accountId]);
  if (rows[0] === undefined) return undefined;
  const plan = findPlan(rows[0].plan);
  if (plan === undefined) throw new Error(`Account ${accountId} has no plan that we know`);
  return plan.retentionDays;
}

/** Deliveries are listed for what a replay may have written while its message went. */
function rowsBeside({ accountId, nowMs, beforeId }: OldLog): Doomed[] {
  const countsUntil = new Date(nowMs - COUNTS_KEPT_DAYS * DAY_MS);
  return [
    {
      accountId,
      table: 'deliveries',
      key: ['message_id', 'endpoint_id'],
      before: { column: 'message_id', value: beforeId },
      except: messageIsKept('deliveries'),
    },
    {
      accountId,
      table: 'attempts',
      key: ['app_id', 'id'],
      before: { column: 'id', value: beforeId },
      except: messageIsKept('attempts'),
    },
    {
      accountId,
      table: 'hook_helper_requests',
      key: ['id'],
      before: { column: 'id', value: beforeId },
    },
    {
      accountId,
      table: 'replays',
      key: ['id'],
      before: { column: 'id', value: beforeId },
      except: `status = 'running'`,
    },
    {
      accountId,
      table: 'search_blocks',
      key: ['app_id', 'list', 'from_id'],
      // What is left of it is young, or still owed.
      except: `to_id > '${beforeId}'`,
    },
    {
      accountId,
      table: 'idempotency_keys',
      key: ['key_hash'],
      except: `expires_at > '${new Date(nowMs).toISOString()}'`,
    },
    {
      accountId,
      table: 'endpoint_secrets',
      key: ['app_id', 'endpoint_id', 'id'],
      except: `expires_at > '${new Date(nowMs).toISOString()}'`,
    },
    {
      accountId,
      table: 'delivery_counts',
      key: ['endpoint_id', 'hour'],
      before: { column: 'hour', value: countsUntil },
    },
    {
      accountId,
      table: 'message_counts',
      key: ['day', 'slot'],
      before: { column: 'day', value: dayAt(countsUntil.getTime()) },
    },
  ];
}

/** "offset 0" keeps the planner from joining: it is one look into the index a row. */
const messageIsKept = (table: string) => `exists (
  select from messages where messages.account_id = ${table}.account_id and messages.app_id = ${table}.app_id
    and messages.id = ${table}.message_id offset 0)`;
