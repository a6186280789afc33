import type { Container } from '#src/container.ts';
import { type EndpointAddress, endpointAddresses } from '#src/domain/endpoints/account-endpoints.ts';

/** An endpoint as a row of another table shows it. */
export interface EndpointName {
  url: string;
  href: string | undefined;
  /** Undefined when it was deleted. */
  endpoint: EndpointAddress | undefined;
}

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
      const { id, appId, url } = endpoint;
      return [id, { url, href: `/apps/${appId}/endpoints/${id}`, endpoint }];
    }),
  );
  return (endpointId) =>
    known.get(endpointId) ?? { url: 'deleted endpoint', href: undefined, endpoint: undefined };
}
