import type { Container } from '#src/container.ts';
import { type EndpointAddress, endpointAddresses } from '#src/domain/endpoints/account-endpoints.ts';

/** An endpoint as a row of another table shows it. */
export interface EndpointName {
  url: string;
  href: string | undefined;
  /** The name of its subscriber; undefined when the endpoint was deleted. */
  subscriber: string | undefined;
  /** Undefined when it was deleted. */
  endpoint: EndpointAddress | undefined;
}

const DELETED = { url: 'deleted endpoint', href: undefined, subscriber: undefined, endpoint: undefined };

/** Looks up the endpoints of many rows in one query. A deleted endpoint gets a placeholder without a link. */
export async function endpointNames(
  container: Pick<Container, 'models'>,
  rows: { accountId: string; endpointId: string }[],
): Promise<(endpointId: string) => EndpointName> {
  const [first] = rows;
  const ids = [...new Set(rows.map(({ endpointId }) => endpointId))];
  const endpoints = first === undefined ? [] : await endpointAddresses(container, first.accountId, ids);
  const known = new Map(
    endpoints.map((endpoint) => {
      const { id, appId, url, subscription } = endpoint;
      const href = `/apps/${appId}/endpoints/${id}`;
      return [id, { url, href, subscriber: subscription.name, endpoint }];
    }),
  );
  return (endpointId) => known.get(endpointId) ?? DELETED;
}
