import type { Request, Response } from 'express';
import type { PgBoss } from 'pg-boss';
import type { NaiveModels } from './models.ts';

export interface Job {
  messageId: string;
  endpointId: string;
  url: string;
}

export const QUEUE = 'deliver';

/** `single`: an insert a row. `bulk`: an insert for all rows of a request, or of a batch. */
export type Writes = 'single' | 'bulk';

/** Stores a message and a job for each endpoint in one transaction, then answers 201. */
export function createAccept({ sequelize, App, Message }: NaiveModels, boss: PgBoss, writes: Writes) {
  return async (request: Request, response: Response): Promise<void> => {
    const apiKey = (request.headers.authorization ?? '').replace('Bearer ', '');
    const app = await App.findOne({ where: { apiKey }, include: 'endpoints' });
    if (app === null) {
      response.status(401).json({ error: 'Unknown key' });
      return;
    }
    const { event_type: eventType, data } = request.body as { event_type: string; data: object };
    const message = await sequelize.transaction(async (transaction) => {
      const created = await Message.create({ appId: app.id, eventType, data }, { transaction });
      const jobs = (app.endpoints ?? []).map(({ id: endpointId, url }) => ({
        data: { messageId: created.id, endpointId, url } satisfies Job,
      }));
      const db = {
        executeSql: async (text: string, values: unknown[] = []) => {
          const [rows] = await sequelize.query(text, { bind: values, transaction });
          return { rows };
        },
      };
      if (writes === 'bulk') await boss.insert(QUEUE, jobs, { db });
      else for (const job of jobs) await boss.insert(QUEUE, [job], { db });
      return created;
    });
    response.status(201).json({ id: message.id, event_type: eventType, data });
  };
}
