import { createHmac } from 'node:crypto';
import type { Job as FetchedJob, JobResult } from 'pg-boss';
import type { Job, Writes } from './accept.ts';
import type { Message, NaiveModels } from './models.ts';

const SECRET = 'naive-secret';
const TIMEOUT_MS = 15_000;

/** Delivers a batch: loads its messages in one query, sends all at once, and writes their attempts. */
export function createDeliver({ Message, Attempt }: NaiveModels, writes: Writes) {
  return async (jobs: FetchedJob<Job>[]): Promise<JobResult[]> => {
    const ids = [...new Set(jobs.map(({ data }) => data.messageId))];
    const messages = new Map(
      (await Message.findAll({ where: { id: ids } })).map((found) => [found.id, found]),
    );
    const attempts = await Promise.all(
      jobs.map(async ({ id, data: { messageId, endpointId, url } }) => {
        const message = messages.get(messageId);
        if (message === undefined) throw new Error(`The message ${messageId} is gone`);
        const attempt = { jobId: id, messageId, endpointId, ...(await send(message, url)) };
        if (writes === 'single') await Attempt.create(attempt);
        return attempt;
      }),
    );
    if (writes === 'bulk') await Attempt.bulkCreate(attempts);
    return attempts.map(({ jobId: id, statusCode }) => {
      const isSuccess = statusCode >= 200 && statusCode < 300;
      return { id, status: isSuccess ? 'completed' : 'failed' };
    });
  };
}

async function send(message: Message, url: string): Promise<{ statusCode: number; responseBody: string }> {
  const body = JSON.stringify({ type: message.eventType, version: '1.0', data: message.data });
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', SECRET)
    .update(`${String(timestamp)}.${body}`)
    .digest('hex');
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': message.id,
        'webhook-signature': `t=${String(timestamp)},s=${signature}`,
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { statusCode: response.status, responseBody: await response.text() };
  } catch (error) {
    return { statusCode: 0, responseBody: String(error) };
  }
}
