import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type Sequelize,
} from 'sequelize';

interface App extends Model<InferAttributes<App>, InferCreationAttributes<App>> {
  id: CreationOptional<string>;
  apiKey: string;
  endpoints?: Endpoint[];
}

interface Endpoint extends Model<InferAttributes<Endpoint>, InferCreationAttributes<Endpoint>> {
  id: CreationOptional<string>;
  appId: string;
  url: string;
}

export interface Message extends Model<InferAttributes<Message>, InferCreationAttributes<Message>> {
  id: CreationOptional<string>;
  appId: string;
  eventType: string;
  data: object;
}

interface Attempt extends Model<InferAttributes<Attempt>, InferCreationAttributes<Attempt>> {
  id: CreationOptional<string>;
  messageId: string;
  endpointId: string;
  statusCode: number;
  responseBody: string;
}

export type NaiveModels = ReturnType<typeof defineModels>;

/** The tables of the naive design, with the indexes that its pages would need. */
export function defineModels(sequelize: Sequelize) {
  const id = { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 };
  const models = {
    sequelize,
    App: sequelize.define<App>('App', { id, apiKey: { type: DataTypes.TEXT, unique: true } }),
    Endpoint: sequelize.define<Endpoint>(
      'Endpoint',
      { id, appId: DataTypes.UUID, url: DataTypes.TEXT },
      { indexes: [{ fields: ['appId'] }] },
    ),
    Message: sequelize.define<Message>(
      'Message',
      { id, appId: DataTypes.UUID, eventType: DataTypes.TEXT, data: DataTypes.JSONB },
      { indexes: [{ fields: ['appId', 'createdAt'] }] },
    ),
    Attempt: sequelize.define<Attempt>(
      'Attempt',
      {
        id,
        messageId: DataTypes.UUID,
        endpointId: DataTypes.UUID,
        statusCode: DataTypes.INTEGER,
        responseBody: DataTypes.TEXT,
      },
      { indexes: [{ fields: ['messageId'] }, { fields: ['endpointId', 'createdAt'] }] },
    ),
  };
  models.App.hasMany(models.Endpoint, { foreignKey: 'appId', as: 'endpoints' });
  return models;
}
