import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Role } from '#src/domain/roles/roles.ts';

/**
 * Somebody who may use an account's dashboard: by Heroku's user id, because addresses change, or as a person of ours.
 */
export interface Member extends Model<InferAttributes<Member>, InferCreationAttributes<Member>> {
  id: string;
  accountId: string;
  herokuUserId: string | null;
  personId: CreationOptional<string | null>;
  email: string;
  role: Role;
  createdAt: CreationOptional<Date>;
  lastSignedInAt: CreationOptional<Date | null>;
}

export const defineMember = (sequelize: Sequelize) =>
  sequelize.define<Member>(
    'Member',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      herokuUserId: DataTypes.TEXT,
      personId: DataTypes.UUID,
      email: DataTypes.TEXT,
      role: DataTypes.TEXT,
      createdAt: DataTypes.DATE,
      lastSignedInAt: DataTypes.DATE,
    },
    { tableName: 'members' },
  );
