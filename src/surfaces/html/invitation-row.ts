import {
  type Invitation,
  type InvitationStatus,
  statusOfInvitation,
} from '#src/domain/invitations/invitation.ts';
import type { Badge } from './badges.ts';

const BADGES: Record<InvitationStatus, Badge> = {
  pending: { tone: 'info', label: 'Invited' },
  accepted: { tone: 'success', label: 'Accepted' },
  expired: { tone: 'neutral', label: 'Over' },
};

/** An invitation in a table. */
export function invitationRow(invitation: Invitation, nowMs: number) {
  const { id, email, role, createdAt, expiresAt, acceptedAt } = invitation;
  const status = statusOfInvitation(invitation, nowMs);
  return {
    id,
    email,
    role,
    createdAt,
    badge: BADGES[status],
    at: status === 'accepted' ? acceptedAt : expiresAt,
    words: { pending: 'Good until', accepted: 'Accepted', expired: 'Was good until' }[status],
    isAccepted: status === 'accepted',
  };
}
