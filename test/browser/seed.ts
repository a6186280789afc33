import type { TestServer } from '#test/support/server.ts';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import { pathsOfLists } from './seed-lists.ts';
import { STAGING } from './staging.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const ATTACK = `<img src=x onerror="alert(1)"><script>alert('x')</script>`;

/** The addresses of an account that has seen everything: long names, attacks, failures, many rows. */
export interface Seeded {
  accountId: string;
  signInPath: string;
  paths: Record<string, string>;
  helper: { path: string; address: string };
  attempt: string;
}

/** An account as it looks after a busy day with a failing customer. */
export async function seedBusyAccount(server: TestServer): Promise<Seeded> {
  const { container } = server;
  const { apps, hookHelpers, models, subscriptions, webhookEvents, endpoints, attempts } = container;
  const { accountId, resourceId } = await server.createAccount();
  await models.HerokuResource.update({ appName: 'acme-shop-production' }, { where: { id: resourceId } });
  const helper = await hookHelpers.create(accountId, { label: 'Order events, staging' });
  const silent = await hookHelpers.create(accountId, { label: ATTACK });
  const app = await apps.create(accountId, { name: 'Acme Shop' });
  const emptyApp = await apps.create(accountId, {
    name: `A rather long app name ${'that goes on '.repeat(6)}`,
  });
  await apps.create(accountId, { name: ATTACK });
  const sample = {
    id: 'ord_1001',
    total: 49.9,
    customer: { email: 'kim@globex.example' },
    lines: [1, 2],
    paid: true,
  };
  for (const [eventType, description] of EVENTS) {
    await webhookEvents.create(app, { eventType, description, samplePayloadText: JSON.stringify(sample) });
  }
  const paid = await webhookEvents.getByType(app, 'order.paid');
  const globex = await subscriptions.create(app, { name: 'Globex Corporation' });
  const kinds = ['endpoint_disabled' as const, 'endpoint_recovered' as const];
  await container.channels.create(app, {
    name: ATTACK,
    format: 'slack',
    kinds,
    url: `${server.url}/r/nothing`,
  });
  const newcomer = await subscriptions.create(app, { name: 'Vandelay Industries' });
  for (const name of ['Initech', 'Umbrella Health', ATTACK, 'Stark & Söhne GmbH']) {
    await subscriptions.create(app, { name });
  }
  const address = `${server.url}/r/${helper.token}`;
  const good = await endpoints.create(globex, { ...STAGING, url: address });
  const failing = await endpoints.create(globex, {
    url: 'http://127.0.0.1:9/webhooks/a/very/long/path/that/never/seems/to/end?tenant=globex-production-eu-west-1',
    version: '2.0',
    description: ATTACK,
    enabledEvents: ['order.created', 'order.paid'],
  });
  await endpoints.update(failing, { status: 'inactive' });
  await models.Endpoint.update(
    { inactiveReason: 'attempts_exhausted', inactiveSince: new Date(Date.now() - 35 * MINUTE_MS) },
    { where: { id: failing.id } },
  );
  const { message } = await container.acceptor.accept({
    target: { accountId, appId: app.id, subscriptionId: null, endpointId: null },
    eventType: 'order.created',
    version: '1.0',
    dataText: JSON.stringify({ ...sample, note: ATTACK, big: '§' }).replace('"§"', '12345678901234567890'),
    eventId: 'evt_2026_11_21_000001',
    overridePayload: false,
    headers: null,
    deliverAt: null,
  });
  await arrivals(address);
  const attempt = await history(server, { accountId, appId: app.id, good, failing, messageId: message.id });
  await until(
    async () => (await attempts.page(app, { endpointId: good.id, status: 'success' }, FIRST)).length > 0,
  );
  const person = { herokuUserId: 'u-1', email: 'kim.longlastname@acme-shop.example', resourceId };
  const appPath = `/apps/${app.id}`;
  return {
    accountId,
    signInPath: devSignInPath({ appSecret: container.config.secrets.app, clock: container.clock }, person),
    helper: { path: `/hook_helpers/${helper.id}`, address },
    attempt,
    paths: {
      dashboard: '/dashboard',
      apps: '/apps',
      'app-new': '/apps/new',
      app: appPath,
      'app-edit': `${appPath}/edit`,
      'app-empty': `/apps/${emptyApp.id}`,
      ...pathsOfLists(appPath, { eventId: paid.id, subscriptionId: globex.id }),
      'portal-settings': `${appPath}/portal`,
      'endpoint-edit': `${appPath}/endpoints/${good.id}/edit`,
      'endpoint-rules': `${appPath}/endpoints/${good.id}/rules`,
      'subscriber-empty': `${appPath}/subscriptions/${newcomer.id}`,
      'endpoint-new': `${appPath}/subscriptions/${globex.id}/endpoints/new`,
      endpoint: `${appPath}/endpoints/${good.id}`,
      'endpoint-off': `${appPath}/endpoints/${failing.id}`,
      signature: `${appPath}/endpoints/${failing.id}/signature?attempt=${attempt}`,
      log: `${appPath}/webhook_attempts`,
      'log-filtered': `${appPath}/webhook_attempts?status=failed&event_type=order.created`,
      'log-none': `${appPath}/webhook_attempts?event_type=nothing.such`,
      'log-empty': `/apps/${emptyApp.id}/webhook_attempts`,
      attempt: `${appPath}/webhook_attempts/${attempt}`,
      messages: `${appPath}/messages`,
      'messages-empty': `/apps/${emptyApp.id}/messages`,
      message: `${appPath}/messages/${message.id}`,
      find: '/find?q=globex',
      'find-words': '/find?q=ord_1001',
      logs: '/logs',
      helpers: '/hook_helpers',
      helper: `/hook_helpers/${helper.id}`,
      'helper-empty': `/hook_helpers/${silent.id}`,
      started: '/getting_started',
      settings: '/settings/account',
      team: '/settings/team',
      notifications: '/settings/notifications',
      usage: '/settings/usage',
      webhooks: '/settings/webhooks',
      audit: '/settings/audit',
      'audit-none': '/settings/audit?q=nothing.such',
      missing: `/apps/${accountId}`,
    },
  };
}

const FIRST = { limit: 1, offset: 0 };

const EVENTS = [
  ['order.created', 'A customer placed an order.'],
  ['order.paid', 'The payment of an order was confirmed.'],
  ['order.refunded', ATTACK],
  ['a.very.long.event.type.that.somebody.thought.was.a.good.idea.at.the.time', ''],
] as const;

async function arrivals(address: string): Promise<void> {
  await fetch(`${address}/deep/path?with=query&and=${encodeURIComponent(ATTACK)}`, {
    method: 'PUT',
    headers: { 'content-type': 'text/plain', 'x-attack': ATTACK },
    body: ATTACK,
  });
  await fetch(address);
  await fetch(address, {
    method: 'POST',
    body: JSON.stringify({ list: Array.from({ length: 400 }, (_, i) => i) }),
  });
}

interface Past {
  accountId: string;
  appId: string;
  good: { id: string; subscriptionId: string };
  failing: { id: string; subscriptionId: string };
  messageId: string;
}

/** A day of attempts as the outcome writer stores them, and a delivery that failed five times; the last one's id. */
async function history(server: TestServer, past: Past): Promise<string> {
  const { pool } = server.container;
  const now = Date.now();
  for (let hour = 0; hour < 24; hour += 1) {
    const at = new Date(Math.floor(now / HOUR_MS) * HOUR_MS - hour * HOUR_MS);
    const busy = Math.round(620 + 540 * Math.sin(hour / 3.1));
    await pool.query(
      `insert into delivery_counts (account_id, app_id, endpoint_id, hour, succeeded, failed)
       values ($1, $2, $3, $4, $5, $6), ($1, $2, $7, $4, $8, $9) on conflict do nothing`,
      [
        past.accountId,
        past.appId,
        past.good.id,
        at,
        busy,
        hour % 5,
        past.failing.id,
        hour > 9 ? 40 : 0,
        hour < 9 ? 90 - hour * 6 : 0,
      ],
    );
  }
  const insert = async (at: number, values: Record<string, unknown>) => {
    const id = uuidv7(at);
    await pool.query(
      `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type,
         attempt_number, trigger, outcome, succeeded, status_code, duration_ms, error_message, response_headers,
         response_body, next_attempt_at)
       select $1, $2, id, message_id, endpoint_id, subscription_id, event_type, attempt_number,
         nullif(trigger, 'automatic'), nullif(outcome, 'status'),
         succeeded, status_code, duration_ms, error_message, response_headers, response_body, next_attempt_at
       from json_populate_record(null::attempts, $3)`,
      [past.accountId, past.appId, JSON.stringify({ id, ...values })],
    );
    return id;
  };
  for (let index = 40; index > 0; index -= 1) {
    const outcome = OUTCOMES[index % OUTCOMES.length];
    const endpoint = index % 3 === 0 ? past.failing : past.good;
    await insert(now - index * 3 * MINUTE_MS, {
      message_id: uuidv7(now - index * 3 * MINUTE_MS),
      endpoint_id: endpoint.id,
      subscription_id: endpoint.subscriptionId,
      event_type: EVENTS[index % 4]?.[0],
      attempt_number: 1 + (index % 3),
      trigger: index % 11 === 0 ? 'replay' : 'automatic',
      next_attempt_at: null,
      ...outcome,
    });
  }
  let id = '';
  for (const [index, minutesAgo] of [160, 155, 130, 100, 38].entries()) {
    id = await insert(now - minutesAgo * MINUTE_MS, {
      message_id: past.messageId,
      endpoint_id: past.failing.id,
      subscription_id: past.failing.subscriptionId,
      event_type: 'order.created',
      attempt_number: index + 1,
      trigger: 'automatic',
      next_attempt_at: index === 4 ? null : new Date(now - (minutesAgo - 5) * MINUTE_MS),
      ...(index === 1 ? OUTCOMES[2] : FAILED),
    });
  }
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     values ($1, $2, $3, $4, 'failed', 5)`,
    [past.accountId, past.appId, past.messageId, past.failing.id],
  );
  return id;
}

const FAILED = {
  outcome: 'status',
  succeeded: false,
  status_code: 500,
  duration_ms: 2417,
  error_message: 'globex.example answered 500',
  response_headers: `Content-Type: text/html\nServer: ${ATTACK}\nX-Request-Id: d1f0b2`,
  response_body: `<!doctype html><title>Application error</title>${ATTACK}`,
};

const OUTCOMES = [
  {
    outcome: 'status',
    succeeded: true,
    status_code: 200,
    duration_ms: 84,
    error_message: '',
    response_headers: '',
    response_body: '{"ok":true}',
  },
  FAILED,
  {
    outcome: 'timeout',
    succeeded: false,
    status_code: null,
    duration_ms: 15_000,
    error_message: 'globex.example did not answer within 15 s',
    response_headers: null,
    response_body: null,
  },
  {
    outcome: 'status',
    succeeded: true,
    status_code: 204,
    duration_ms: 231,
    error_message: '',
    response_headers: '',
    response_body: '',
  },
  {
    outcome: 'tls',
    succeeded: false,
    status_code: null,
    duration_ms: 12,
    error_message: 'the certificate of globex.example has expired',
    response_headers: null,
    response_body: null,
  },
];

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A fresh account, as someone sees it right after the provision. */
export async function seedNewAccount(server: TestServer): Promise<Pick<Seeded, 'signInPath' | 'paths'>> {
  const { resourceId } = await server.createAccount();
  const person = { herokuUserId: 'u-2', email: 'new@acme.example', resourceId };
  const { config, clock } = server.container;
  return {
    signInPath: devSignInPath({ appSecret: config.secrets.app, clock }, person),
    paths: {
      'new-dashboard': '/dashboard',
      'new-apps': '/apps',
      'new-logs': '/logs',
      'new-helpers': '/hook_helpers',
      'new-started': '/getting_started?language=csharp',
      'new-settings': '/settings/account',
    },
  };
}
