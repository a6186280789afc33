import { z } from 'zod';
import type { Member } from '#src/domain/accounts/member.ts';
import { type Invitation, INVITED_ROLES, statusOfInvitation } from '#src/domain/invitations/invitation.ts';
import { ROLES } from '#src/domain/roles/roles.ts';
import { createdAt, id, named, optionalTime, time } from './shape.ts';

const email = z.string().meta({ description: 'The address.', examples: ['kim@acme.example'] });

export const invitationShape = named(
  'Invitation',
  'Somebody who was invited by mail.',
  z.object({
    id: id(),
    email,
    status: z.enum(['pending', 'accepted', 'expired']),
    created_at: createdAt,
    expires_at: time('Until when it can be accepted.'),
    accepted_at: optionalTime('When it was accepted.'),
  }),
);

export const teamInvitationShape = named(
  'TeamInvitation',
  'Somebody who was invited into the team.',
  invitationShape.extend({ role: z.enum(INVITED_ROLES).describe('As what.') }),
);

export const memberShape = named(
  'Member',
  'Somebody in the team of the account.',
  z.object({
    id: id(),
    email,
    role: z.enum(ROLES),
    created_at: createdAt,
    last_signed_in_at: optionalTime('When this person last signed in.'),
  }),
);

export function presentInvitation(invitation: Invitation, nowMs: number): z.output<typeof invitationShape> {
  return {
    id: invitation.id,
    email: invitation.email,
    status: statusOfInvitation(invitation, nowMs),
    created_at: invitation.createdAt,
    expires_at: invitation.expiresAt,
    accepted_at: invitation.acceptedAt,
  };
}

export function presentTeamInvitation(
  invitation: Invitation,
  nowMs: number,
): z.output<typeof teamInvitationShape> {
  return { ...presentInvitation(invitation, nowMs), role: invitation.role ?? 'member' };
}

export function presentMember(member: Member): z.output<typeof memberShape> {
  return {
    id: member.id,
    email: member.email,
    role: member.role,
    created_at: member.createdAt,
    last_signed_in_at: member.lastSignedInAt,
  };
}
