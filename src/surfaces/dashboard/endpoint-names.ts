import type { Container } from '#src/container.ts';

/** An endpoint as a row of another table shows it. */
export interface EndpointName {
  url: string;
  href: string | undefined;
}

/** Looks up the endpoints of many rows in one query. A deleted endpoint gets a placeholder without a link. */
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
