import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { Scope } from './scopes.ts';

/** A bearer key of the API. Only its SHA-256 is kept; the prefix lets a person tell keys apart. */
export interface ApiKey extends Model<InferAttributes<ApiKey>, InferCreationAttributes<ApiKey>> {
  id: string;
  accountId: string;
  name: string;
  prefix: string;
  keyHash: Buffer;
  createdAt: CreationOptional<Date>;
  expiresAt: CreationOptional<Date | null>;
  revokedAt: CreationOptional<Date | null>;
  /** Which of the keys of its resource it is; null for one that a customer made beside them. */
  generation: CreationOptional<number | null>;
  /** Of a replaced key: for how long it works once its successor is in the config. */
  graceSeconds: CreationOptional<number | null>;
  /** When it was put into the config of the customer's apps. */
  configUpdatedAt: CreationOptional<Date | null>;
  configProblem: CreationOptional<string | null>;
  scopes: CreationOptional<Scope[]>;
  /** To the minute. */
  lastUsedAt: CreationOptional<Date | null>;
}

export const defineApiKey = (sequelize: Sequelize) =>
  sequelize.define<ApiKey>(
    'ApiKey',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      name: DataTypes.TEXT,
      prefix: DataTypes.TEXT,
      keyHash: DataTypes.BLOB,
      createdAt: DataTypes.DATE,
      expiresAt: DataTypes.DATE,
      revokedAt: DataTypes.DATE,
      generation: DataTypes.INTEGER,
      graceSeconds: DataTypes.INTEGER,
      configUpdatedAt: DataTypes.DATE,
      configProblem: DataTypes.TEXT,
      scopes: DataTypes.ARRAY(DataTypes.TEXT),
      lastUsedAt: DataTypes.DATE,
    },
    { tableName: 'api_keys' },
  );
