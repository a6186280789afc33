import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { TestServer } from '#test/support/server.ts';
import { eventually } from '#test/support/eventually.ts';
import { ATTACK } from './attack.ts';
import type { Seeded } from './seed.ts';

/** Adds a message that was refused to the request log. Answers the log's pages, and those of settings. */
export async function seedRequests(
  { container: { apiRequests, requestRecorder } }: TestServer,
  { accountId }: Seeded,
): Promise<Record<string, string>> {
  const text = ATTACK;
  const refusal = { accountId, status: 422, code: 'unknown_event_type' };
  const id = uuidv7(Date.now());
  requestRecorder.refused(refusal, () => ({
    ...refusal,
    id,
    method: 'POST',
    path: `/api/v1/apps/${id}/messages`,
    operation: 'postMessage',
    message: `There is no event type ${text}.`,
    details: [{ path: 'event_type', message: text }],
    eventType: text,
    eventId: 'evt_2026_11_21_000002',
    apiKeyId: id,
    requestId: id,
    clientAddress: '192.0.2.10',
    userAgent: text,
    contentType: 'application/json',
    durationMs: 3,
    body: JSON.stringify({ event_type: text, version: '1.0', data: {} }),
    bodyBytes: 9000,
  }));
  await eventually('a refused request', async () => (await apiRequests.latest(accountId)) !== null);
  return {
    requests: '/requests',
    request: `/requests/${id}`,
    delivery: '/settings/delivery',
    retention: '/settings/retention',
  };
}
