import { Sequelize } from 'sequelize';
import { connectionOptions } from './connection.ts';

/** Sequelize with a pool of its own, for the control plane. The folders of `domain` define its models. */
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
