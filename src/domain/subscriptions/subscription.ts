import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** A subscriber of an app, with endpoints of its own. */
export interface Subscription extends Model<
  InferAttributes<Subscription>,
  InferCreationAttributes<Subscription>
> {
  id: string;
  accountId: string;
  appId: string;
  /** The provider's own identifier, unique in the app. */
  uid: CreationOptional<string | null>;
  name: string;
  /** Whom to write to about its endpoints. */
  email: CreationOptional<string | null>;
  /** Raised to end all links to its portal that were made until then. */
  portalEpoch: CreationOptional<number>;
  createdAt: CreationOptional<Date>;
}

export const defineSubscription = (sequelize: Sequelize) =>
  sequelize.define<Subscription>(
    'Subscription',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      appId: DataTypes.UUID,
      uid: DataTypes.TEXT,
      name: DataTypes.TEXT,
      email: DataTypes.TEXT,
      portalEpoch: { type: DataTypes.INTEGER, defaultValue: 0 },
      createdAt: DataTypes.DATE,
    },
    { tableName: 'subscriptions' },
  );
