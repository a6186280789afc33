import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { type Api, apiOfNewAccount, makeApp } from './api.ts';
import type { ReceivedRequest } from './received-request.ts';
import type { Receiver } from './receiver.ts';
import type { TestServer } from './server.ts';

export interface Secrets {
  secret: string;
  standard_webhooks_secret: string;
  previous: { secret: string; expires_at: string }[];
}

export interface SecretWorld {
  api: Api;
  appId: string;
  path: string;
  secrets: () => Promise<Secrets>;
  rotate: (body?: object) => Promise<Secrets>;
  post: () => Promise<unknown>;
}

/** An account with an endpoint at the receiver, whose signing secret is to be rotated. */
export async function secretWorld(server: TestServer, receiver: Receiver): Promise<SecretWorld> {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}/secret`;
  return {
    api,
    appId: app.id,
    path,
    secrets: async () => (await api.get(path)).body as unknown as Secrets,
    rotate: async (body = {}) => {
      const { status, body: rotated } = await api.post(`${path}/rotate`, body);
      assert.equal(status, 200);
      return rotated as unknown as Secrets;
    },
    post: () =>
      api.post(`/apps/${app.id}/messages`, { event_type: 'user.created', version: '1.0', data: { a: 'ü' } }),
  };
}

/** Which of the secrets signed, as a library for Standard Webhooks finds out. */
export function standardSigners(request: ReceivedRequest, secrets: string[]): boolean[] {
  return secrets.map((secret) => {
    try {
      new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether the secret signed our own header. */
export function isOwnSigner({ headers, body }: ReceivedRequest, secret: string): boolean {
  const [, seconds = '', signature] =
    /^t=(\d+),s=(\w+)$/.exec(String(headers['hostedhooks-signature'])) ?? [];
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex') === signature;
}
