import type { Container } from '#src/container.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { created, noContent } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import { invitationShape, presentInvitation } from '#src/surfaces/api/presenters/people.ts';
import { TOO_MANY_INVITATIONS } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newSubscriberInvitation } from '#src/surfaces/api/schemas/people.ts';

/** Who is invited to look after a subscriber's endpoints. */
export function subscriberInvitationRoutes(
  routes: RouteTable,
  { clock, invitations }: Pick<Container, 'clock' | 'invitations'>,
  find: Find,
): void {
  const target = ({ accountId, id: subscriptionId }: Subscription) => ({ accountId, subscriptionId });

  routes.ofSubscription('/invitations', {
    get: operation({
      id: 'listInvitations',
      right: 'see',
      summary: 'List who was invited to look after the endpoints of a subscriber',
      answers: { 200: listOf(invitationShape) },
      handle: async (call) => {
        const subscription = await find.subscription(call);
        const page = await readPage(call, (paging) => invitations.list(target(subscription), paging));
        return pageOf(page, (invitation) => presentInvitation(invitation, clock.now()));
      },
    }),
    post: operation({
      id: 'createInvitation',
      right: 'team',
      summary: 'Invite somebody to look after the endpoints of a subscriber',
      description:
        'By mail: it opens the portal, with an account or without one. To invite the same address again renews the ' +
        'invitation, and mails it again.',
      body: json(newSubscriberInvitation),
      answers: { 201: invitationShape },
      errors: { 429: TOO_MANY_INVITATIONS },
      handle: async (call, { body: { email } }) => {
        const subscription = await find.subscription(call);
        const invitation = await invitations.inviteToSubscription(subscription, email);
        return created(presentInvitation(invitation, clock.now()));
      },
    }),
  });

  routes.ofSubscription('/invitations/:invitation', {
    delete: operation({
      id: 'deleteInvitation',
      right: 'team',
      summary: 'Take back an invitation to a subscriber',
      description: 'Who has accepted it sees the endpoints no more.',
      answers: { 204: nothing },
      handle: async (call) => {
        const subscription = await find.subscription(call);
        await invitations.revoke(target(subscription), call.id('invitation'));
        return noContent();
      },
    }),
  });
}
