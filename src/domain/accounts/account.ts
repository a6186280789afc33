import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** The tenant: owns apps, keys and members. Each add-on resource of Heroku has one account. */
export interface Account extends Model<InferAttributes<Account>, InferCreationAttributes<Account>> {
  id: string;
  name: string;
  plan: string;
  createdAt: CreationOptional<Date>;
}

export const defineAccount = (sequelize: Sequelize) =>
  sequelize.define<Account>(
    'Account',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      name: DataTypes.TEXT,
      plan: DataTypes.TEXT,
      createdAt: DataTypes.DATE,
    },
    { tableName: 'accounts' },
  );
