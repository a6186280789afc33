import type { JsonValue } from '../lib/json.ts';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** A kind of event that an app sends; a message names one by its `eventType`. */
export interface WebhookEvent extends Model<
  InferAttributes<WebhookEvent>,
  InferCreationAttributes<WebhookEvent>
> {
  id: string;
  accountId: string;
  appId: string;
  eventType: string;
  description: CreationOptional<string>;
  samplePayload: CreationOptional<JsonValue>;
  schema: CreationOptional<JsonValue>;
  createdAt: CreationOptional<Date>;
}

export const defineWebhookEvent = (sequelize: Sequelize) =>
  sequelize.define<WebhookEvent>(
    'WebhookEvent',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: DataTypes.UUID,
      appId: DataTypes.UUID,
      eventType: DataTypes.TEXT,
      description: DataTypes.TEXT,
      samplePayload: DataTypes.JSON,
      schema: DataTypes.JSON,
      createdAt: DataTypes.DATE,
    },
    { tableName: 'webhook_events' },
  );
