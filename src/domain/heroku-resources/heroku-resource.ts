import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** An add-on resource, by Heroku's uuid. Of a deprovisioned one only the uuid is left: a tombstone. */
export interface HerokuResource extends Model<
  InferAttributes<HerokuResource>,
  InferCreationAttributes<HerokuResource>
> {
  id: string;
  accountId: string | null;
  name: string | null;
  appName: string | null;
  region: string | null;
  options: object | null;
  appId: CreationOptional<string | null>;
  ownerEmail: CreationOptional<string | null>;
  keyGeneration: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
  deprovisionedAt: CreationOptional<Date | null>;
}

export const defineHerokuResource = (sequelize: Sequelize) =>
  sequelize.define<HerokuResource>(
    'HerokuResource',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      name: DataTypes.TEXT,
      appName: DataTypes.TEXT,
      region: DataTypes.TEXT,
      options: DataTypes.JSONB,
      appId: DataTypes.UUID,
      ownerEmail: DataTypes.TEXT,
      keyGeneration: DataTypes.INTEGER,
      createdAt: DataTypes.DATE,
      deprovisionedAt: DataTypes.DATE,
    },
    { tableName: 'heroku_resources' },
  );
