import type { Container } from '#src/container.ts';
import { needsAppEvents } from '#src/domain/endpoints/enabled-events.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Answer } from './answer.ts';
import { type Page, pageOf } from './page.ts';
import { presentEndpoint } from '#src/surfaces/api/presenters/endpoint.ts';

/** Presents endpoints with their error rate and event types. It costs two queries a page. */
export function createEndpointPages({
  deliveryCounts,
  endpoints: nouns,
  webhookEvents,
}: Pick<Container, 'deliveryCounts' | 'endpoints' | 'webhookEvents'>) {
  /** Requires that all `endpoints` belong to one app. */
  async function presenterFor(endpoints: EndpointWithParents[]) {
    const accountId = endpoints[0]?.accountId ?? '';
    const forAllEvents = endpoints.find(needsAppEvents);
    const [errorRates, appEvents] = await Promise.all([
      deliveryCounts.errorRates(
        accountId,
        endpoints.map(({ id }) => id),
      ),
      forAllEvents === undefined ? [] : webhookEvents.all({ accountId, id: forAllEvents.appId }),
    ]);
    return (endpoint: EndpointWithParents) =>
      presentEndpoint(endpoint, {
        errorRate: errorRates.get(endpoint.id) ?? 0,
        appEvents,
        headers: nouns.revealRules(endpoint).headers,
      });
  }

  return {
    presentOne: async (endpoint: EndpointWithParents) => {
      const present = await presenterFor([endpoint]);
      return present(endpoint);
    },

    presentPage: async (page: Page<EndpointWithParents>): Promise<Answer> =>
      pageOf(page, await presenterFor(page.rows)),
  };
}
