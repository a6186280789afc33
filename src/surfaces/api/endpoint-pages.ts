import type { Container } from '#src/container.ts';
import { needsAppEvents } from '#src/domain/endpoints/enabled-events.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { RIGHTS } from '#src/domain/roles/roles.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { type Page, pageOf } from './page.ts';
import { presentEndpoint } from '#src/surfaces/api/presenters/endpoint.ts';

/**
 * Presents endpoints with their error rate and event types, and with the values of their static headers to a key that
 * may see secrets. It costs two queries a page.
 */
export function createEndpointPages({
  deliveryCounts,
  endpoints: nouns,
  webhookEvents,
}: Pick<Container, 'deliveryCounts' | 'endpoints' | 'webhookEvents'>) {
  /** Requires that all `endpoints` belong to one app. */
  async function presenterFor({ caller }: Call, endpoints: EndpointWithParents[]) {
    const accountId = endpoints[0]?.accountId ?? '';
    const seesSecrets = caller.scopes.includes(RIGHTS.secrets.scope);
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
        headers: (seesSecrets ? nouns.revealRules(endpoint) : endpoint.rules).headers,
      });
  }

  return {
    presentOne: async (call: Call, endpoint: EndpointWithParents) => {
      const present = await presenterFor(call, [endpoint]);
      return present(endpoint);
    },

    presentPage: async (call: Call, page: Page<EndpointWithParents>): Promise<Answer> =>
      pageOf(page, await presenterFor(call, page.rows)),
  };
}
