import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { isMissedState } from '#src/domain/deliveries/delivery.ts';
import type { IssueStatus } from '#src/domain/issues/issue.ts';
import { ADVICE } from '#src/domain/issues/advice.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import type { DeliveryStory } from '#src/surfaces/html/delivery-story.ts';
import { whyOff } from './endpoint-presenter.ts';

/** Why the endpoint of a delivery is off, what to do, and what failed there last; null while it is on, or gone. */
export async function whyItIsOff({ issues }: Pick<Container, 'issues'>, app: App, story: DeliveryStory) {
  const { endpoint, delivery } = story;
  if (endpoint?.status !== 'inactive') return null;
  const latest = async (status: IssueStatus) =>
    (await issues.list(app, { status, endpointId: endpoint.id }, firstPage(1)))[0];
  // What a person turned off is off for no failure.
  const isOurs = endpoint.inactiveReason !== null;
  const issue = isOurs ? ((await latest('open')) ?? (await latest('acknowledged'))) : undefined;
  return {
    why: whyOff(endpoint) ?? '',
    isMissed: delivery !== undefined && isMissedState(delivery.state),
    issue: issue && {
      ...ADVICE[issue.cause],
      lastError: issue.lastError,
      lastSeenAt: issue.lastSeenAt,
      href: issue.lastAttemptId === null ? null : `/apps/${app.id}/webhook_attempts/${issue.lastAttemptId}`,
    },
  };
}
