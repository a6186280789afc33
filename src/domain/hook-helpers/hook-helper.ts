import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { HelperAnswer } from './answer.ts';

/** A built-in receiver with the public address `/r/<token>`, which shows the requests that arrive there. */
export interface HookHelper extends Model<InferAttributes<HookHelper>, InferCreationAttributes<HookHelper>> {
  id: string;
  accountId: string;
  label: string;
  token: string;
  /** The endpoint that the account linked to the Hook Helper; null when none is linked. */
  endpointId: CreationOptional<string | null>;
  /** Null: it answers 200 at once. */
  answer: CreationOptional<HelperAnswer | null>;
  /** So many requests still get `answer`, where it is for the first ones only. */
  failuresLeft: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
}

export const defineHookHelper = (sequelize: Sequelize) =>
  sequelize.define<HookHelper>(
    'HookHelper',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      label: DataTypes.TEXT,
      token: DataTypes.TEXT,
      endpointId: DataTypes.UUID,
      answer: DataTypes.JSONB,
      failuresLeft: { type: DataTypes.INTEGER, defaultValue: 0 },
      createdAt: DataTypes.DATE,
    },
    { tableName: 'hook_helpers' },
  );
