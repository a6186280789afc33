import type { TestServer } from '#test/support/server.ts';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import { ATTACK } from './attack.ts';
import { EVENTS, history } from './seed-history.ts';
import { pathsOfLists } from './seed-lists.ts';
import { STAGING } from './staging.ts';

const MINUTE_MS = 60_000;

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
