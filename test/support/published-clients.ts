import { request } from 'node:http';

/** What one call of a client sends, and what the client makes of the answer. */
type Row = [name: string, request: string, reads: Read, body?: string];

type Read = 'list' | 'app' | 'subscription' | 'endpoint' | 'message' | 'attempt' | 'hook_helper';

export interface PublishedClient {
  name: string;
  /** Paths below `/api/v1`, with all that the client's way of writing adds; `:app` and the like stand for ids. */
  calls: Row[];
  /** All that it sends, in its spelling and order, but for what says where to and how long. */
  headers: (apiKey: string, hasBody: boolean) => Record<string, string>;
}

const MESSAGE = '"event_type":"user.created","data":{"name":"Zoë"},"version":"1.0"';
/** PHP's way to write the same. */
const ESCAPED = String.raw`"event_type":"user.created","version":"1.0","data":{"url":"https:\/\/a\/b","name":"Zo\u00eb"}`;
const PLACES = {
  endpoints: '/subscriptions/:subscription/endpoints',
  endpoint: '/subscriptions/:subscription/endpoints/:endpoint',
};

/** The gem hostedhooks 0.5.0, by HTTParty: lists end in a question mark, with or without the paging asked for. */
const ruby: PublishedClient = {
  name: 'Ruby',
  calls: [
    ['list_apps', 'GET /apps?', 'list'],
    ['list_apps, a page', 'GET /apps?offset=0&page=1&per_page=1', 'list'],
    ['create_app', 'POST /apps', 'app', '{"name":"Ruby"}'],
    ['update_app', 'PATCH /apps/:app', 'app', '{"name":"Ruby 2"}'],
    ['get_subscription', 'GET /subscriptions/:subscription?', 'subscription'],
    ['list_subscriptions', 'GET /apps/:app/subscriptions?', 'list'],
    ['create_subscription', 'POST /apps/:app/subscriptions', 'subscription', '{"name":"Sub"}'],
    ['get_endpoint', 'GET /apps/:app/endpoints/:endpoint?', 'endpoint'],
    ['list_endpoints', 'GET /apps/:app/endpoints?', 'list'],
    ['list_subscription_endpoints', `GET ${PLACES.endpoints}?`, 'list'],
    [
      'create_endpoint',
      `POST ${PLACES.endpoints}`,
      'endpoint',
      '{"url":"http://127.0.0.1:9/","enabled_events":["user.created"],"version":"1.0","status":"active","description":"x"}',
    ],
    ['update_endpoint', `PATCH ${PLACES.endpoint}`, 'endpoint', '{"enabled_events":"*"}'],
    ['list_webhook_events', 'GET /apps/:app/webhook_events?per_page=5', 'list'],
    ['create_app_message', 'POST /apps/:app/messages', 'message', `{${MESSAGE}}`],
    [
      'create_subscription_message',
      'POST /subscriptions/:subscription/messages',
      'message',
      `{${MESSAGE},"override_payload":true}`,
    ],
    [
      'create_endpoint_message',
      `POST ${PLACES.endpoint}/messages`,
      'message',
      `{${MESSAGE},"event_id":"r-1"}`,
    ],
    ['get_webhook_attempt', 'GET /apps/:app/webhook_attempts/:attempt', 'attempt'],
    ['list_webhook_attempts', 'GET /apps/:app/webhook_attempts?', 'list'],
    ['list_hook_helpers', 'GET /hook_helpers?', 'list'],
    ['get_hook_helper', 'GET /hook_helpers/:helper?', 'hook_helper'],
    ['create_hook_helper', 'POST /hook_helpers', 'hook_helper', '{"label":"L"}'],
    [
      'update_hook_helper',
      'PATCH /hook_helpers/:helper',
      'hook_helper',
      '{"label":"M","endpoint_id":":endpoint"}',
    ],
  ],
  headers: (apiKey, hasBody) => ({
    Authorization: `Bearer ${apiKey}`,
    ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
    'Accept-Encoding': 'gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
    Accept: '*/*',
    'User-Agent': 'Ruby',
    Connection: 'close',
  }),
};

const nodeCalls: Row[] = [
  ['list_apps', 'GET /apps', 'list'],
  ['list_apps, a page', 'GET /apps?page=1&per_page=2&offset=0', 'list'],
  ['list_apps({})', 'GET /apps?', 'list'],
  ['create_app', 'POST /apps', 'app', '{"name":"Node"}'],
  ['update_app', 'PATCH /apps:app', 'app', '{"name":"Node 2"}'],
  ['get_subscription', 'GET /subscriptions:subscription', 'subscription'],
  ['get_subscription, with paging', 'GET /subscriptions:subscription?page=1', 'subscription'],
  ['list_subscriptions', 'GET /apps/:app/subscriptions', 'list'],
  ['create_subscription', 'POST /apps/:app/subscriptions', 'subscription', '{"name":"Sub"}'],
  ['get_endpoint', 'GET /apps/:app/endpoints/:endpoint', 'endpoint'],
  ['list_endpoints', 'GET /apps/:app/endpoints', 'list'],
  [
    'create_endpoint',
    `POST ${PLACES.endpoints}`,
    'endpoint',
    '{"url":"http://127.0.0.1:9/","version":"1.0","enabled_events":"*"}',
  ],
  ['update_endpoint', `PATCH ${PLACES.endpoint}`, 'endpoint', '{"status":"active"}'],
  ['list_webhook_events', 'GET /apps/:app/webhook_events', 'list'],
  ['create_app_message', 'POST /apps/:app/messages', 'message', `{${MESSAGE}}`],
  ['create_subscription_message', 'POST /subscriptions/:subscription/messages', 'message', `{${MESSAGE}}`],
  ['create_endpoint_message', `POST ${PLACES.endpoint}/messages`, 'message', `{${MESSAGE},"event_id":"n-1"}`],
  ['get_webhook_attempt, at first', 'GET /apps/:app/webhook_attempts/:attempt', 'attempt'],
  ['get_webhook_attempt, later', 'GET /apps/:app/endpoints/:endpoint/webhook_attempts', 'list'],
  ['list_webhook_attempts', 'GET /apps/:app/webhook_attempts', 'list'],
];

const nodeHeaders = (apiKey: string, type: string | undefined) => ({
  ...(type === undefined ? {} : { 'Content-Type': type }),
  Authorization: `Bearer ${apiKey}`,
  Accept: '*/*',
  'User-Agent': 'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
  'Accept-Encoding': 'gzip,deflate',
  Connection: 'keep-alive',
});

/** hostedhooks-node 1.0.0, by cross-fetch: no slash before some ids. */
const node: PublishedClient = {
  name: 'Node',
  calls: nodeCalls,
  headers: (apiKey, hasBody) => nodeHeaders(apiKey, hasBody ? 'application/json' : undefined),
};

/** Before it said what it sends, fetch said for it that it is text. */
const firstNode: PublishedClient = {
  name: 'Node, its first release',
  calls: nodeCalls,
  headers: (apiKey, hasBody) => nodeHeaders(apiKey, hasBody ? 'text/plain;charset=UTF-8' : undefined),
};

/** hostedhooks-php 1.0.0, by Guzzle: a type also where there is no body, and JSON as PHP escapes it. */
const php: PublishedClient = {
  name: 'PHP',
  calls: [
    ['App->list', 'GET /apps', 'list'],
    ['App->store', 'POST /apps', 'app', '{"name":"PHP"}'],
    ['App->update', 'PATCH /apps/:app', 'app', '{"name":"PHP 2"}'],
    ['Subscription->list', 'GET /apps/:app/subscriptions', 'list'],
    ['Subscription->show', 'GET /subscriptions/:subscription', 'subscription'],
    ['Subscription->store', 'POST /apps/:app/subscriptions', 'subscription', '{"name":"Sub"}'],
    ['Endpoint->list', 'GET /apps/:app/endpoints', 'list'],
    ['Endpoint->show', 'GET /apps/:app/endpoints/:endpoint', 'endpoint'],
    [
      'Endpoint->store',
      `POST ${PLACES.endpoints}`,
      'endpoint',
      String.raw`{"url":"http:\/\/127.0.0.1:9\/","version":"1.0","enabled_events":["user.created"]}`,
    ],
    [
      'Endpoint->update',
      `PATCH ${PLACES.endpoint}`,
      'endpoint',
      String.raw`{"description":"Gr\u00f6\u00dfe\/1"}`,
    ],
    ['WebhookEvent->list', 'GET /apps/:app/webhook_events', 'list'],
    ['AppMessage->store', 'POST /apps/:app/messages', 'message', `{${ESCAPED}}`],
    ['SubscriptionMessage->store', 'POST /subscriptions/:subscription/messages', 'message', `{${ESCAPED}}`],
    [
      'EndpointMessage->store',
      `POST ${PLACES.endpoint}/messages`,
      'message',
      `{${ESCAPED},"event_id":"p-1"}`,
    ],
  ],
  headers: (apiKey) => ({
    Accept: 'application/json',
    Authorization: `Bearer ${apiKey}`,
    'User-Agent': 'GuzzleHttp/7',
    'Content-Type': 'application/json',
  }),
};

/** Every call of every client that was published, as each was seen to send it. */
export const PUBLISHED_CLIENTS = [ruby, node, firstNode, php];

/** Sends it with these headers, and none that a client of ours would add. */
export async function sendExactly(url: string, sent: { method: string; headers: object; body: string }) {
  const { method, body } = sent;
  const length = body === '' ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise<{ status: number; encoding: string; text: string }>((resolve, reject) => {
    const asked = request(url, { method, headers: { ...sent.headers, ...length }, agent: false });
    asked.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const encoding = response.headers['content-encoding'] ?? 'identity';
        resolve({ status: response.statusCode ?? 0, encoding, text: Buffer.concat(chunks).toString() });
      });
    });
    asked.once('error', reject).end(body);
  });
}
