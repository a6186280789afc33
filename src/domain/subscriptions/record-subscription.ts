import type { PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import { PROVIDERS } from '#src/domain/announcements/providers-app.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Subscription } from './subscription.ts';

interface Telling {
  /** The transaction that makes the change. */
  db: PoolClient | Transaction;
  announcements: Announcements;
}

type Told = Pick<Subscription, 'accountId' | 'appId' | 'id' | 'name' | 'createdAt'> & {
  uid?: string | null;
  email?: string | null;
};

type Deed = 'subscriber.created' | 'subscriber.updated' | 'subscriber.deleted';

/** Records a change of the subscription and announces it, in the transaction that makes it. */
export async function recordSubscription(
  telling: Telling & { clock: Clock },
  subscription: Told,
  { action, details = {} }: { action: Deed; details?: object },
): Promise<void> {
  const { accountId, appId, id, name } = subscription;
  // Those of our own app are made with an account's first endpoint, which is recorded there.
  if (accountId === PROVIDERS.accountId) return;
  const object = { type: 'subscriber', id, name };
  await recordChange(telling, { accountId, action, object, appId, details });
  await announceSubscription(telling, subscription, action);
}

export async function announceSubscription(
  { db, announcements }: Telling,
  subscription: Told,
  type: Deed,
): Promise<void> {
  const { accountId, appId, id, uid = null, name, email = null, createdAt } = subscription;
  if (!(await announcements.isHeard(db, accountId, type))) return;
  const { rows } = await clientOf(db).query<{ id: string; uid: string | null; name: string }>(
    'select id, uid, name from apps where account_id = $1 and id = $2',
    [accountId, appId],
  );
  const [app] = rows;
  // It was deleted meanwhile, and its subscribers with it.
  if (app === undefined) return;
  const data = { subscriber: { id, uid, name, email, created_at: createdAt.toISOString() }, app };
  await announcements.announce(db, { accountId, type, data });
}
