import { ConnectionAcquireTimeoutError, Sequelize } from 'sequelize';
import { currentBeneficiary } from '#src/infra/lib/on-behalf.ts';
import { Permits } from '#src/infra/lib/permits.ts';
import { connectionOptions } from './connection.ts';

const MAX_WAIT_MS = 10_000;

/**
 * Sequelize with a pool of its own, for the control plane. Its connections are shared as those of `FairPool`. The
 * folders of `domain` define its models.
 */
export function createSequelize(url: string, max: number): Sequelize {
  const { connectionString, ssl } = connectionOptions(url);
  const sequelize = new Sequelize(connectionString, {
    dialect: 'postgres',
    dialectOptions: { ssl, application_name: 'hostedhooks-control' },
    pool: { max, min: 0, idle: 60_000, acquire: MAX_WAIT_MS },
    logging: false,
    define: { underscored: true, timestamps: true, updatedAt: false },
  });
  shareFairly(sequelize.connectionManager, max);
  return sequelize;
}

const lateError = () => new ConnectionAcquireTimeoutError(new Error('No connection became free in time.'));

/** Sequelize's own queue is first in, first out. */
function shareFairly(manager: Sequelize['connectionManager'], max: number): void {
  const permits = new Permits(max);
  /** Each is given back once, although a connection may be destroyed after it was released. */
  const lent = new Set<unknown>();
  const giveBack = (connection: unknown) => {
    if (lent.delete(connection)) permits.release();
  };
  const get = manager.getConnection.bind(manager);
  const release = manager.releaseConnection.bind(manager);
  const destroy = manager.destroyConnection.bind(manager);
  manager.getConnection = async (options) => {
    await permits.take(currentBeneficiary(), { maxWaitMs: MAX_WAIT_MS, lateError });
    try {
      const connection = await get(options);
      lent.add(connection);
      return connection;
    } catch (error) {
      permits.release();
      throw error;
    }
  };
  manager.releaseConnection = (connection) => {
    try {
      release(connection);
    } finally {
      giveBack(connection);
    }
  };
  manager.destroyConnection = async (connection) => {
    try {
      await destroy(connection);
    } finally {
      giveBack(connection);
    }
  };
}
