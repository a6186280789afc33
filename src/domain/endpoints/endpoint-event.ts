import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

/** Join row: the endpoint receives the webhook event. */
export interface EndpointEvent extends Model<
  InferAttributes<EndpointEvent>,
  InferCreationAttributes<EndpointEvent>
> {
  accountId: string;
  appId: string;
  endpointId: string;
  webhookEventId: string;
}

export const defineEndpointEvent = (sequelize: Sequelize) =>
  sequelize.define<EndpointEvent>(
    'EndpointEvent',
    {
      accountId: DataTypes.UUID,
      appId: DataTypes.UUID,
      endpointId: { type: DataTypes.UUID, primaryKey: true },
      webhookEventId: { type: DataTypes.UUID, primaryKey: true },
    },
    { tableName: 'endpoint_events', timestamps: false },
  );
