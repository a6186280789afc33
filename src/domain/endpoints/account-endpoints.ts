import type { App } from '#src/domain/apps/app.ts';
import { notOf } from '#src/domain/apps/demo-app.ts';
import type { Models } from '#src/domain/models.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Endpoint } from './endpoint.ts';

// Reads of the endpoints of an account, across its apps and without their parents.

interface Dependencies {
  models: Pick<Models, 'Endpoint'>;
}

/** Null when the account has no endpoint with this id. */
export async function findEndpoint(
  { models }: Dependencies,
  accountId: string,
  id: string,
): Promise<Endpoint | null> {
  return models.Endpoint.findOne({ where: { accountId, id } });
}

/** The account's first endpoint, but for those of one app; null without any. */
export async function oldestEndpoint(
  { models }: Dependencies,
  accountId: string,
  except: App | null = null,
): Promise<Endpoint | null> {
  const where = { accountId, ...notOf(except, 'appId') };
  return models.Endpoint.findOne({ where, order: [['id', 'ASC']] });
}

/** An endpoint, whose it is, and whether it is sent to. */
export type EndpointAddress = Pick<Endpoint, 'id' | 'appId' | 'pausedAt' | 'status' | 'url'> & {
  subscription: Pick<Subscription, 'id' | 'name'>;
};

/** Those of the endpoints that still exist. */
export async function endpointAddresses(
  { models }: Dependencies,
  accountId: string,
  ids: string[],
): Promise<EndpointAddress[]> {
  const endpoints = await models.Endpoint.findAll({
    where: { accountId, id: ids },
    attributes: ['id', 'appId', 'pausedAt', 'status', 'url'],
    include: [{ association: 'subscription', attributes: ['id', 'name'] }],
  });
  return endpoints as (Endpoint & Pick<EndpointAddress, 'subscription'>)[];
}
