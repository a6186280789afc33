import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  literal,
  type Model,
  type Sequelize,
} from 'sequelize';
import type { JsonValue } from '#src/infra/lib/json.ts';

const SAMPLE_COLUMN = 'sample_payload';
const VERSIONS_COLUMN = 'versions';

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
  /** What the `data` of messages must be like, where a version has no schema of its own; null: anything. */
  schema: CreationOptional<JsonValue>;
  /** JSON as it was written, for the same reason: see `event-schemas.ts`. */
  versionsText: CreationOptional<string>;
  /** Whether messages that are not as their schema says are refused. */
  enforce: CreationOptional<boolean>;
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
      versionsText: { type: DataTypes.TEXT, field: VERSIONS_COLUMN },
      enforce: DataTypes.BOOLEAN,
      createdAt: DataTypes.DATE,
    },
    {
      tableName: 'webhook_events',
      // As text: the driver would parse a column of type json.
      defaultScope: {
        attributes: {
          exclude: ['samplePayloadText', 'versionsText'],
          include: [
            [literal(`${SAMPLE_COLUMN}::text`), 'samplePayloadText'],
            [literal(`${VERSIONS_COLUMN}::text`), 'versionsText'],
          ],
        },
      },
    },
  );
