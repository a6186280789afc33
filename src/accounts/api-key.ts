import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

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
    },
    { tableName: 'api_keys' },
  );
