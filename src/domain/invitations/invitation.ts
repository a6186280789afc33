import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Role } from '#src/domain/roles/roles.ts';

/** What one can be invited as; an owner is made of somebody who is there. */
export const INVITED_ROLES = ['admin', 'member', 'viewer'] as const satisfies Role[];
export type InvitedRole = (typeof INVITED_ROLES)[number];

/** Somebody who was invited by mail: into the team, or to look after a subscriber's endpoints. */
export interface Invitation extends Model<InferAttributes<Invitation>, InferCreationAttributes<Invitation>> {
  id: string;
  accountId: string;
  appId: string | null;
  /** Null: into the team. */
  subscriptionId: string | null;
  email: string;
  /** Null: to a subscriber. */
  role: InvitedRole | null;
  invitedBy: string | null;
  createdAt: CreationOptional<Date>;
  expiresAt: Date;
  acceptedAt: CreationOptional<Date | null>;
  personId: CreationOptional<string | null>;
}

export const defineInvitation = (sequelize: Sequelize) =>
  sequelize.define<Invitation>(
    'Invitation',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      appId: DataTypes.UUID,
      subscriptionId: DataTypes.UUID,
      email: DataTypes.TEXT,
      role: DataTypes.TEXT,
      invitedBy: DataTypes.TEXT,
      createdAt: DataTypes.DATE,
      expiresAt: DataTypes.DATE,
      acceptedAt: DataTypes.DATE,
      personId: DataTypes.UUID,
    },
    { tableName: 'invitations' },
  );

export type InvitationStatus = 'pending' | 'accepted' | 'expired';

export function statusOfInvitation(
  { acceptedAt, expiresAt }: Pick<Invitation, 'acceptedAt' | 'expiresAt'>,
  nowMs: number,
): InvitationStatus {
  if (acceptedAt !== null) return 'accepted';
  return expiresAt.getTime() <= nowMs ? 'expired' : 'pending';
}
