import type { TestServer } from './server.ts';

export interface ApiAnswer {
  status: number;
  headers: Headers;
  /** As it came, for what is checked byte for byte. */
  text: string;
  body: Thing;
  /** Of a list. */
  rows: Thing[];
  first: Thing;
}

/** What the API answers, loosely: a test reads what it expects to be there, and fails where it is not. */
export interface Thing {
  [member: string]: unknown;
  id: string;
  uid: string | null;
  name: string;
  subscriber_name: string;
  url: string;
  created_at: string;
  secret: string;
  code: string;
  error: string;
  message: string;
  details: { path: string; message: string }[];
  app: Thing;
  subscription: Thing;
  webhook_events: { event_type: string }[];
  limits: { messages_per_month: number };
  usage: { endpoints: number };
  headers: Record<string, string>;
  next_attempt_at: string;
  payload: object;
  request_headers: Record<string, string>;
}

export interface Api {
  accountId: string;
  apiKey: string;
  get: (path: string, headers?: Record<string, string>) => Promise<ApiAnswer>;
  delete: (path: string) => Promise<ApiAnswer>;
  /** A text is sent as it is, anything else as JSON. */
  post: Send;
  put: Send;
  patch: Send;
}

type Send = (path: string, body?: unknown, headers?: Record<string, string>) => Promise<ApiAnswer>;

/** The API as a new account calls it, by real requests. */
export async function apiOfNewAccount(server: TestServer): Promise<Api> {
  return apiOf(server, await server.createAccount());
}

/** The API as the holder of the key calls it. */
export function apiOf(server: TestServer, { accountId, apiKey }: { accountId: string; apiKey: string }): Api {
  async function call(method: string, path: string, { body, headers }: Sent = {}): Promise<ApiAnswer> {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    // An export is lines.
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const parsed = (isJson ? JSON.parse(text) : undefined) as unknown;
    const rows = Array.isArray(parsed) ? (parsed as Thing[]) : [];
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: parsed as Thing,
      rows,
      first: rows[0] as Thing,
    };
  }

  const sending =
    (method: string): Send =>
    (path, body = {}, headers = {}) =>
      call(method, path, { body, headers });
  return {
    accountId,
    apiKey,
    get: (path, headers = {}) => call('GET', path, { headers }),
    delete: (path) => call('DELETE', path),
    post: sending('POST'),
    put: sending('PUT'),
    patch: sending('PATCH'),
  };
}

interface Sent {
  body?: unknown;
  headers?: Record<string, string>;
}

/** An app with an event, a subscription and an endpoint at `url` for version 1.0. */
export async function makeApp(api: Api, { url = 'http://127.0.0.1:9/', eventType = 'user.created' } = {}) {
  const { body: app } = await api.post('/apps', { name: 'Acme' });
  const { body: event } = await api.post(`/apps/${app.id}/webhook_events`, { event_type: eventType });
  const { body: subscription } = await api.post(`/apps/${app.id}/subscriptions`, { name: 'Customer' });
  const { body: endpoint } = await api.post(`/subscriptions/${subscription.id}/endpoints`, {
    url,
    version: '1.0',
  });
  return { app, event, subscription, endpoint };
}
