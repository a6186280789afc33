import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { EndpointRules } from '#src/domain/outbound-rules/rules.ts';

export type EndpointStatus = 'active' | 'inactive';
export type InactiveReason = 'attempts_exhausted' | 'gone';

/** A subscriber's URL. An inactive endpoint with a reason was turned off by us, one without a reason by a person. */
export interface Endpoint extends Model<InferAttributes<Endpoint>, InferCreationAttributes<Endpoint>> {
  id: string;
  accountId: string;
  appId: string;
  subscriptionId: string;
  uid: CreationOptional<string | null>;
  url: string;
  description: CreationOptional<string>;
  version: string;
  status: CreationOptional<EndpointStatus>;
  inactiveReason: CreationOptional<InactiveReason | null>;
  inactiveSince: CreationOptional<Date | null>;
  /** The start of the present run of failures; null for a healthy endpoint. */
  failingSince: CreationOptional<Date | null>;
  /** When the prober tries the endpoint; null unless we turned it off because a delivery exhausted its attempts. */
  nextProbeAt: CreationOptional<Date | null>;
  /** Since when its deliveries wait, because a person wants that. */
  pausedAt: CreationOptional<Date | null>;
  /** Since when it has its URL; null: always. */
  urlSince: CreationOptional<Date | null>;
  /** Since when it has its signing secret; null: always. */
  secretSince: CreationOptional<Date | null>;
  /** Since when its requests have this version, code, credentials, headers and signatures; null: always. */
  rulesSince: CreationOptional<Date | null>;
  /** Whether an issue of it may be open. */
  hasIssues: CreationOptional<boolean>;
  receivesAllEvents: CreationOptional<boolean>;
  /** Such as `order.*`, beside the event types that it lists. */
  eventPatterns: CreationOptional<string[]>;
  secretEncrypted: Buffer;
  retryDelaysSeconds: CreationOptional<number[] | null>;
  /** The outbound rules that were set, with masks for their secrets. */
  rules: CreationOptional<EndpointRules>;
  /** The secrets of `rules`; null: they have none. */
  ruleSecretsEncrypted: CreationOptional<Buffer | null>;
  transformationId: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
}

export const defineEndpoint = (sequelize: Sequelize) =>
  sequelize.define<Endpoint>(
    'Endpoint',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      appId: DataTypes.UUID,
      subscriptionId: DataTypes.UUID,
      uid: DataTypes.TEXT,
      url: DataTypes.TEXT,
      description: DataTypes.TEXT,
      version: DataTypes.TEXT,
      status: DataTypes.TEXT,
      inactiveReason: DataTypes.TEXT,
      inactiveSince: DataTypes.DATE,
      failingSince: DataTypes.DATE,
      nextProbeAt: DataTypes.DATE,
      pausedAt: DataTypes.DATE,
      urlSince: DataTypes.DATE,
      secretSince: DataTypes.DATE,
      rulesSince: DataTypes.DATE,
      hasIssues: { type: DataTypes.BOOLEAN, defaultValue: false },
      receivesAllEvents: DataTypes.BOOLEAN,
      eventPatterns: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: [] },
      secretEncrypted: DataTypes.BLOB,
      retryDelaysSeconds: DataTypes.ARRAY(DataTypes.DOUBLE),
      rules: { type: DataTypes.JSONB, defaultValue: {} },
      ruleSecretsEncrypted: DataTypes.BLOB,
      transformationId: DataTypes.UUID,
      createdAt: DataTypes.DATE,
    },
    { tableName: 'endpoints' },
  );
