import type { PostingEndpoint } from '#src/domain/endpoints/helper-endpoints.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';

/** An endpoint that posts to a Hook Helper, with the link to its page. */
export function postingView(endpoint: PostingEndpoint) {
  const { id, appId, subscriptionName } = endpoint;
  return {
    ...endpoint,
    name: appId === null ? 'Our own webhooks' : subscriptionName,
    href: appId === null ? '/settings/webhooks' : `/apps/${appId}/endpoints/${id}`,
  };
}

/** Those of `endpoints` that post to this Hook Helper. */
export const postsOf = ({ token }: HookHelper, endpoints: PostingEndpoint[]) =>
  endpoints.filter((endpoint) => endpoint.token === token).map(postingView);
