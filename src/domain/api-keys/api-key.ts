import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** What a key may do. No scope includes another: a program that manages apps need not read or send messages. */
export const SCOPES = ['read', 'messages:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A bearer key of the API. Only its SHA-256 is stored; the prefix tells keys apart for people. */
export interface ApiKey extends Model<InferAttributes<ApiKey>, InferCreationAttributes<ApiKey>> {
  id: string;
  accountId: string;
  name: string;
  prefix: string;
  keyHash: Buffer;
  createdAt: CreationOptional<Date>;
  expiresAt: CreationOptional<Date | null>;
  revokedAt: CreationOptional<Date | null>;
  /** Of a resource's key: raised by each rotation. Null for a named key, which a customer made. */
  generation: CreationOptional<number | null>;
  /** Of a replaced key: how long it works after its successor is in the config. */
  graceSeconds: CreationOptional<number | null>;
  /** When the key was put into the config of the customer's apps. */
  configUpdatedAt: CreationOptional<Date | null>;
  /** Why the key could not be put there: a sentence for the customer. */
  configProblem: CreationOptional<string | null>;
  scopes: CreationOptional<Scope[]>;
  /** Late by a minute at most. */
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
