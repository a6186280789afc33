import type { JsonValue } from '../lib/json.ts';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  literal,
  type Model,
  type Sequelize,
} from 'sequelize';

const SAMPLE_COLUMN = 'sample_payload';

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
  /** JSON as it was written: a test message is made of it, and `1.0` must not become `1`. */
  samplePayloadText: string;
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
      samplePayloadText: { type: DataTypes.TEXT, field: SAMPLE_COLUMN },
      schema: DataTypes.JSON,
      createdAt: DataTypes.DATE,
    },
    {
      tableName: 'webhook_events',
      // As text: the driver would parse a column of type json.
      defaultScope: {
        attributes: {
          exclude: ['samplePayloadText'],
          include: [[literal(`${SAMPLE_COLUMN}::text`), 'samplePayloadText']],
        },
      },
    },
  );
