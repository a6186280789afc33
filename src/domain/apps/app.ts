import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { z } from 'zod';
import type { AppRules } from '#src/domain/outbound-rules/rules.ts';
import type { successPolicy } from './app-schema.ts';
import type { PortalSettings } from './portal-settings.ts';

export type SuccessPolicy = z.infer<typeof successPolicy>;

/** A provider's product that emits webhooks: it groups event types and subscribers. */
export interface App extends Model<InferAttributes<App>, InferCreationAttributes<App>> {
  id: string;
  accountId: string;
  /** The provider's own identifier, unique in the account. */
  uid: CreationOptional<string | null>;
  name: string;
  successPolicy: CreationOptional<SuccessPolicy>;
  /** Seconds between the attempts; null: the default schedule. */
  retryDelaysSeconds: CreationOptional<number[] | null>;
  /** The prefix of our own headers; null: the default prefix. */
  headerPrefix: CreationOptional<string | null>;
  /** What was ever set of it; read with `portalOf`. */
  portal: CreationOptional<Partial<PortalSettings>>;
  /** The outbound rules that its endpoints have unless they set their own. */
  rules: CreationOptional<AppRules>;
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
      portal: { type: DataTypes.JSONB, defaultValue: {} },
      rules: { type: DataTypes.JSONB, defaultValue: {} },
      createdAt: DataTypes.DATE,
    },
    { tableName: 'apps' },
  );
