import { z } from 'zod';
import { INVITED_ROLES } from '#src/domain/invitations/invitation.ts';
import { normalAddress } from '#src/infra/lib/email-address.ts';
import { isReachable } from '#src/domain/mail/recipients.ts';
import { ROLES } from '#src/domain/roles/roles.ts';
import { text } from './fields.ts';

const MAX_EMAIL_CHARACTERS = 254;

const email = text(MAX_EMAIL_CHARACTERS)
  .trim()
  .refine((typed) => isReachable(normalAddress(typed) ?? ''), 'must be an email address')
  .meta({ description: 'Whom we write to.', examples: ['kim@acme.example'], minLength: 1 });

export const newTeamInvitation = z
  .strictObject({
    email,
    role: z.enum(INVITED_ROLES).default('member').describe('As what.'),
  })
  .meta({ id: 'TeamInvitationInput' });

export const newSubscriberInvitation = z.strictObject({ email }).meta({ id: 'InvitationInput' });

export const memberChange = z
  .strictObject({
    role: z.enum(ROLES).meta({ description: 'No API key makes or changes an owner.', examples: ['viewer'] }),
  })
  .meta({ id: 'MemberPatch' });
