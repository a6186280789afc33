import type { Container } from '#src/container.ts';

/** What a row shows of the endpoint that it is about. */
export interface EndpointName {
  url: string;
  href: string | undefined;
}

/** Looks up the endpoints of many rows at once. A deleted one is named by nothing but that. */
export async function endpointNames(
  { models }: Pick<Container, 'models'>,
  rows: { accountId: string; endpointId: string }[],
): Promise<(endpointId: string) => EndpointName> {
  const [first] = rows;
  const ids = [...new Set(rows.map(({ endpointId }) => endpointId))];
  const endpoints =
    first === undefined
      ? []
      : await models.Endpoint.findAll({
          where: { accountId: first.accountId, id: ids },
          attributes: ['id', 'appId', 'url'],
        });
  const known = new Map(
    endpoints.map(({ id, appId, url }) => [id, { url, href: `/apps/${appId}/endpoints/${id}` }]),
  );
  return (endpointId) => known.get(endpointId) ?? { url: 'deleted endpoint', href: undefined };
}
