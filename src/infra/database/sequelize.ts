import { Sequelize } from 'sequelize';
import { connectionOptions } from './connection.ts';

/** The control plane's own pool; its models are defined by the nouns' folders. */
export function createSequelize(url: string, max: number): Sequelize {
  const { connectionString, ssl } = connectionOptions(url);
  return new Sequelize(connectionString, {
    dialect: 'postgres',
    dialectOptions: { ssl, application_name: 'hostedhooks-control' },
    pool: { max, min: 0, idle: 60_000, acquire: 10_000 },
    logging: false,
    define: { underscored: true, timestamps: true, updatedAt: false },
  });
}
