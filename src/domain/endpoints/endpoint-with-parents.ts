import type { Transaction } from 'sequelize';
import { EVENT_HEAD, type EventHead } from '#src/domain/apps/webhook-event.ts';
import type { Models } from '#src/domain/models.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { findByIdOrUid } from '#src/infra/database/find-by-id-or-uid.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Endpoint } from './endpoint.ts';

/** An endpoint with its subscription and the webhook events that it lists by name. */
export type EndpointWithParents = Endpoint & { subscription: Subscription; webhookEvents: EventHead[] };

/** Whose endpoints: always of an account. */
export type EndpointOwner = Pick<Endpoint, 'accountId'> & Partial<Pick<Endpoint, 'appId' | 'subscriptionId'>>;

const PARENTS = ['subscription', { association: 'webhookEvents', attributes: EVENT_HEAD }];

export async function listWithParents(
  { Endpoint }: Models,
  where: EndpointOwner,
  paging: Paging,
): Promise<EndpointWithParents[]> {
  return (await findNewestFirst(
    { model: Endpoint, where, include: PARENTS },
    paging,
  )) as EndpointWithParents[];
}

/** The owner's endpoint by its id or uid; null without one. */
export async function findWithParents(
  { Endpoint }: Models,
  where: EndpointOwner,
  endpointId: string,
): Promise<EndpointWithParents | null> {
  const [endpoint] = await findByIdOrUid({ model: Endpoint, where, include: PARENTS }, endpointId);
  return (endpoint as EndpointWithParents | undefined) ?? null;
}

/** The endpoint as the transaction leaves it, which has locked its row. Throws NotFound when it was deleted. */
export async function readWithParents(
  { Endpoint }: Models,
  { accountId, appId, id }: Endpoint,
  transaction: Transaction,
): Promise<EndpointWithParents> {
  const where = { accountId, appId, id };
  const endpoint = await Endpoint.findOne({ where, include: PARENTS, transaction });
  if (endpoint === null) throw new NotFound(`The endpoint ${id} was deleted meanwhile.`);
  return endpoint as EndpointWithParents;
}
