import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { pageOf, readPage } from '#src/surfaces/api/page.ts';
import {
  memberShape,
  presentMember,
  presentTeamInvitation,
  teamInvitationShape,
} from '#src/surfaces/api/presenters/people.ts';
import { TOO_MANY_INVITATIONS } from '#src/surfaces/api/refusals.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { memberChange, newTeamInvitation } from '#src/surfaces/api/schemas/people.ts';

type Parts = Pick<Container, 'clock' | 'invitations' | 'members'>;

/** The people of the caller's account, and those who are invited. */
export function teamRoutes(routes: RouteTable, container: Parts): void {
  const { clock, invitations } = container;
  const target = ({ accountId }: Call) => ({ accountId, subscriptionId: null });

  routes.at('/account/invitations', {
    get: operation({
      id: 'listTeamInvitations',
      right: 'see',
      summary: 'List who was invited into the team',
      answers: { 200: listOf(teamInvitationShape) },
      handle: async (call) => {
        const page = await readPage(call, (paging) => invitations.list(target(call), paging));
        return pageOf(page, (invitation) => presentTeamInvitation(invitation, clock.now()));
      },
    }),
    post: operation({
      id: 'createTeamInvitation',
      right: 'team',
      summary: 'Invite somebody into the team',
      description: 'By mail. To invite the same address again renews the invitation, and mails it again.',
      body: json(newTeamInvitation),
      answers: { 201: teamInvitationShape },
      errors: {
        402: 'The plan allows no more people, those who are invited among them.',
        409: 'The address is in the team already.',
        429: TOO_MANY_INVITATIONS,
      },
      handle: async (call, { body }) =>
        created(presentTeamInvitation(await invitations.inviteToTeam(call.accountId, body), clock.now())),
    }),
  });

  routes.at('/account/invitations/:invitation', {
    delete: operation({
      id: 'deleteTeamInvitation',
      right: 'team',
      summary: 'Take back an invitation into the team',
      description: 'Who has accepted it stays: remove the member.',
      answers: { 204: nothing },
      handle: async (call) => {
        await invitations.revoke(target(call), call.id('invitation'));
        return noContent();
      },
    }),
  });

  memberRoutes(routes, container);
}

/** An API key acts as an admin does, so that none makes an owner. */
function memberRoutes(routes: RouteTable, { members }: Parts): void {
  const deed = (call: Call) => ({
    accountId: call.accountId,
    actorId: null,
    actsAs: 'admin' as const,
    memberId: call.id('member'),
  });

  routes.at('/account/members', {
    get: operation({
      id: 'listMembers',
      right: 'see',
      summary: 'List the people of the team',
      answers: { 200: listOf(memberShape) },
      handle: async (call) =>
        pageOf(await readPage(call, (paging) => members.page(call.accountId, paging)), presentMember),
    }),
  });

  routes.at('/account/members/:member', {
    get: operation({
      id: 'getMember',
      right: 'see',
      summary: 'Get a person of the team',
      answers: { 200: memberShape },
      handle: async (call) => ok(presentMember(await members.get(call.accountId, call.id('member')))),
    }),
    patch: operation({
      id: 'updateMember',
      right: 'team',
      summary: 'Change the role of a person of the team',
      body: json(memberChange),
      answers: { 200: memberShape },
      handle: async (call, { body: { role } }) => {
        await members.setRole(deed(call), role);
        return ok(presentMember(await members.get(call.accountId, call.id('member'))));
      },
    }),
    delete: operation({
      id: 'deleteMember',
      right: 'team',
      summary: 'Remove a person from the team',
      description: 'Signed out at once.',
      answers: { 204: nothing },
      handle: async (call) => {
        await members.remove(deed(call));
        return noContent();
      },
    }),
  });
}
