import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

export type SuccessPolicy = 'any_2xx' | 'only_200';

/** What a provider's customers subscribe to: it groups webhook events and subscribers. */
export interface App extends Model<InferAttributes<App>, InferCreationAttributes<App>> {
  id: string;
  accountId: string;
  uid: CreationOptional<string | null>;
  name: string;
  successPolicy: CreationOptional<SuccessPolicy>;
  retryDelaysSeconds: CreationOptional<number[] | null>;
  headerPrefix: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
}

export const defineApp = (sequelize: Sequelize) =>
  sequelize.define<App>(
    'App',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      uid: DataTypes.TEXT,
      name: DataTypes.TEXT,
      successPolicy: DataTypes.TEXT,
      retryDelaysSeconds: DataTypes.ARRAY(DataTypes.DOUBLE),
      headerPrefix: DataTypes.TEXT,
      createdAt: DataTypes.DATE,
    },
    { tableName: 'apps' },
  );
