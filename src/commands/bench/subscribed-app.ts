import { randomUUID } from 'node:crypto';
import { type Config } from '../../config.ts';

export interface SubscribedApp {
  appId: string;
  apiKey: string;
}

/** An app with `fanOut` endpoints at `receiverUrl`, made through the partner API and the REST API. */
export async function createSubscribedApp(
  config: Config,
  { fanOut, receiverUrl }: { fanOut: number; receiverUrl: string },
): Promise<SubscribedApp> {
  const { baseUrl } = config.http;
  const password = config.heroku.passwords[0]?.reveal() ?? '';
  const basic = Buffer.from(`${config.heroku.addonId}:${password}`).toString('base64');
  const provisioned = await send(`${baseUrl}/heroku/resources`, `Basic ${basic}`, {
    uuid: randomUUID(),
    plan: 'scale',
  });
  const apiKey = (provisioned['config'] as Record<string, string>)[config.heroku.configVar] ?? '';
  const post = (path: string, body: object) => send(`${baseUrl}/api/v1${path}`, `Bearer ${apiKey}`, body);
  const appId = String((await post('/apps', { name: 'Benchmark' }))['id']);
  await post(`/apps/${appId}/webhook_events`, { event_type: 'user.created' });
  const subscriptionId = String((await post(`/apps/${appId}/subscriptions`, { name: 'Receiver' }))['id']);
  for (let index = 0; index < fanOut; index += 1) {
    const url = `${receiverUrl}/${String(index)}`;
    await post(`/subscriptions/${subscriptionId}/endpoints`, { url, version: '1.0' });
  }
  return { appId, apiKey };
}

async function send(url: string, authorization: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${String(response.status)}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
