import { type Api, type ApiAnswer, apiOfNewAccount, makeApp, type Thing } from './api.ts';
import type { Receiver } from './receiver.ts';
import type { TestServer } from './server.ts';

interface Posted {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  to?: string;
}

export interface PublishingWorld {
  api: Api;
  app: Thing;
  subscription: Thing;
  endpointPath: string;
  publish: (body: string | Uint8Array<ArrayBuffer> | null, posted?: Posted) => Promise<ApiAnswer>;
}

export const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** An account with an endpoint, at the receiver if there is one, that publishes bodies as they are. */
export async function publishingWorld(
  server: TestServer,
  receiver: Receiver | undefined,
): Promise<PublishingWorld> {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(
    api,
    receiver === undefined ? {} : { url: receiver.url },
  );
  return {
    api,
    app,
    subscription,
    endpointPath: `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`,
    publish: async (body, { query = {}, headers = {}, to = app.id } = {}) => {
      const search = new URLSearchParams({ event_type: 'user.created', version: '1.0', ...query });
      const response = await fetch(`${server.url}/api/v1/apps/${to}/publish?${String(search)}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.apiKey}`, ...headers },
        // Bytes, because to a text fetch adds a type.
        body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: JSON.parse(text) as Thing,
        rows: [],
        first: {} as Thing,
      };
    },
  };
}
