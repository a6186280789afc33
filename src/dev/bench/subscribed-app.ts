import { randomUUID } from 'node:crypto';
import { type Config } from '#src/config.ts';
import type { Publisher } from '#src/dev/bench/contenders/contender.ts';

/** Creates an app with `endpoints` through the REST API, in the account of `apiKey` or in a newly provisioned one. */
export async function createSubscribedApp(
  config: Config,
  endpoints: string[],
  { apiKey: givenKey, fields = {} }: { apiKey?: string | undefined; fields?: object | undefined } = {},
): Promise<Publisher> {
  const apiKey = givenKey ?? (await provision(config));
  const { baseUrl } = config.http;
  const post = (path: string, body: object) => send(`${baseUrl}/api/v1${path}`, `Bearer ${apiKey}`, body);
  const appId = String((await post('/apps', { name: 'Benchmark' }))['id']);
  await post(`/apps/${appId}/webhook_events`, { event_type: 'user.created' });
  const subscriptionId = String((await post(`/apps/${appId}/subscriptions`, { name: 'Receiver' }))['id']);
  for (const url of endpoints) {
    await post(`/subscriptions/${subscriptionId}/endpoints`, { url, version: '1.0', ...fields });
  }
  return { url: `${baseUrl}/api/v1/apps/${appId}/messages`, apiKey };
}

/** Provisions an account with all limits at their highest, as Heroku does; answers its API key. */
export async function provision({ http, heroku }: Config, uuid: string = randomUUID()): Promise<string> {
  const password = heroku.passwords[0]?.reveal() ?? '';
  const basic = Buffer.from(`${heroku.manifestId}:${password}`).toString('base64');
  const resource = { uuid, plan: 'scale' };
  const provisioned = await send(`${http.baseUrl}/heroku/resources`, `Basic ${basic}`, resource);
  return (provisioned['config'] as Record<string, string>)[heroku.configVar] ?? '';
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
