import assert from 'node:assert/strict';
import { type Api, apiOfNewAccount, makeApp } from './api.ts';
import { answer } from './behaviours.ts';
import { eventually } from './eventually.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import type { TestServer } from './server.ts';

export interface ExportedAccount extends AsyncDisposable {
  from: Api;
  receiver: Receiver;
  file: string;
}

export interface Line {
  type: string;
  id?: string;
  [member: string]: unknown;
}

/** What an import answers. */
export interface ImportSummary {
  complete: boolean;
  imported: Record<string, number>;
  existing: Record<string, number>;
  skipped: Record<string, number>;
  changed_ids_count: number;
  problems: { line: number; message: string }[];
}

/** An account that has all that an export can hold, and its export, secrets and all. */
export async function exportedAccount(server: TestServer): Promise<ExportedAccount> {
  const receiver = await startReceiver(({ request, response }) => {
    answer(request.path === '/bad' ? 500 : 200)({ request, response, socket: response.socket!, index: 0 });
  });
  const from = await apiOfNewAccount(server);
  await fill(from, server, receiver);
  const file = await exportOf(server, from);
  return { from, receiver, file, [Symbol.asyncDispose]: () => receiver.close() };
}

export async function sendImport(to: Api, text: string) {
  const { status, body } = await to.post('/import', text, { 'content-type': 'application/x-ndjson' });
  return { status, body: body as unknown as ImportSummary };
}

export async function exportOf({ url }: TestServer, { apiKey }: Api): Promise<string> {
  const headers = { authorization: `Bearer ${apiKey}` };
  return (await fetch(`${url}/api/v1/export?secrets=true`, { headers })).text();
}

/** The lines of an export. */
export const parsed = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** All that an export can hold, with nothing outstanding. */
async function fill(from: Api, server: TestServer, receiver: Receiver): Promise<void> {
  const { app, event, subscription } = await makeApp(from, { url: `${receiver.url}/good` });
  await from.patch(`/apps/${app.id}`, {
    uid: 'acme',
    header_prefix: 'Acme',
    retry_delays: [1, 2],
    portal: { accent: '#7c3aed' },
  });
  await from.patch(`/subscriptions/${subscription.id}`, { email: 'dev@globex.example' });
  const schemas = await from.patch(
    `/apps/${app.id}/webhook_events/${event.id}`,
    '{"schema":{"type":"object"},"sample_payload":{"n": 1.0},"versions":[{"version":"2","example":{"v": 1.0}}],"enforce":true}',
  );
  assert.equal(schemas.status, 200);
  const { body: transformation } = await from.post(`/apps/${app.id}/transformations`, {
    name: 'As it is',
    code: 'export default (request) => request;',
  });
  await from.post(`/subscriptions/${subscription.id}/endpoints`, {
    url: `${receiver.url}/bad`,
    version: '1.0',
    uid: 'bad',
    transformation_id: transformation.id,
    retry_delays: [0.01],
    enabled_events: ['user.created', 'order.*'],
    channels: ['eu'],
    filter: { body: { $exist: true }, version: '1.0' },
  });
  await from.post('/hook_helpers', { label: 'Inbox', answer: { status: 503, fail_first: 2 } });
  const texts = ['{"n": 1.0,\n "s": "ü"}', '{"big":12345678901234567890}'];
  for (const [index, data] of texts.entries()) {
    await from.post(
      `/apps/${app.id}/messages`,
      `{"event_type":"user.created","version":"1.0","channels":["eu"],"event_id":"e${String(index)}","data":${data}}`,
    );
  }
  await eventually('nothing outstanding', async () => {
    const { rows } = await from.get(`/apps/${app.id}/messages`);
    const all = await Promise.all(
      rows.map(async ({ id }) => (await from.get(`/apps/${app.id}/messages/${id}/deliveries`)).rows),
    );
    return all.flat().every(({ state }) => ['delivered', 'failed', 'held'].includes(String(state)));
  });
  // A probe would change the account while it is compared.
  const { pool } = server.container;
  await pool.query('update endpoints set next_probe_at = null where account_id = $1', [from.accountId]);
}
