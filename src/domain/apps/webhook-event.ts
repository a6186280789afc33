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

/** An event type of an app; a message names it in `eventType`. */
export interface WebhookEvent extends Model<
  InferAttributes<WebhookEvent>,
  InferCreationAttributes<WebhookEvent>
> {
  id: string;
  accountId: string;
  appId: string;
  eventType: string;
  description: CreationOptional<string>;
  /** JSON text as the provider wrote it, because test messages send it and a parsed `1.0` would become `1`. */
  samplePayloadText: string;
  /** JSON Schema of a message's `data`, for versions without their own; null accepts any data. */
  schema: CreationOptional<JsonValue>;
  /** JSON text of the versions, whose examples stand as written: see `writeVersions`. */
  versionsText: CreationOptional<string>;
  /** Whether a message that violates its schema is refused. */
  enforce: CreationOptional<boolean>;
  /** Whether a message of this type may be posted to the whole app. */
  broadcast: CreationOptional<boolean>;
  createdAt: CreationOptional<Date>;
}

/** What lists and endpoints need of an event: neither schemas nor samples, which may be megabytes in an app. */
export type EventHead = Pick<WebhookEvent, 'id' | 'eventType' | 'description' | 'createdAt'>;

export const EVENT_HEAD: (keyof EventHead)[] = ['id', 'eventType', 'description', 'createdAt'];

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
      broadcast: DataTypes.BOOLEAN,
      createdAt: DataTypes.DATE,
    },
    {
      tableName: 'webhook_events',
      // Selected as text, because the driver parses columns of type json.
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
