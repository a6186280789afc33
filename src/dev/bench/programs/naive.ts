import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { PgBoss } from 'pg-boss';
import { Sequelize } from 'sequelize';
import { createAccept, type Job, QUEUE, type Writes } from '#src/dev/bench/contenders/naive/accept.ts';
import { createDeliver } from '#src/dev/bench/contenders/naive/deliver.ts';
import { defineModels } from '#src/dev/bench/contenders/naive/models.ts';
import { serveParent } from '#src/dev/bench/serve-parent.ts';

// The design that a team would write itself, from well-known parts put together as their documentation says. Its
// guarantees are ours: the 201 follows the commit of the message and its jobs, each attempt is recorded, and a failed
// delivery is retried.

const CONNECTIONS = 20;

const [writes = 'single'] = process.argv.slice(2) as Writes[];

const url = process.env['DATABASE_URL'] ?? '';
const sequelize = new Sequelize(url, { dialect: 'postgres', logging: false, pool: { max: CONNECTIONS } });
const models = defineModels(sequelize);
await sequelize.sync();

const boss = new PgBoss({ connectionString: url, max: CONNECTIONS });
boss.on('error', console.error);
await boss.start();
await boss.createQueue(QUEUE, { retryLimit: 5, retryDelay: 5, retryBackoff: true });
const batches = {
  batchSize: 50,
  localConcurrency: 4,
  perJobResults: true,
  pollingIntervalSeconds: 0.5,
  burstWhenBatchFull: true,
} as const;
await boss.work<Job>(QUEUE, batches, createDeliver(models, writes));

const app = express();
app.use(express.json({ limit: '1mb' }));
app.post('/apps/:app/messages', createAccept(models, boss, writes));
const server = createServer(app);
await once(server.listen(0, '127.0.0.1'), 'listening');

const calls = { createApp };
export type NaiveCalls = typeof calls;
serveParent(calls);

async function createApp(endpoints: string[]): Promise<{ url: string; apiKey: string }> {
  const { id, apiKey } = await models.App.create({ apiKey: randomUUID() });
  await models.Endpoint.bulkCreate(endpoints.map((endpoint) => ({ appId: id, url: endpoint })));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}/apps/${id}/messages`, apiKey };
}
