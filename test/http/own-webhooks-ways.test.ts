import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type AnnouncedType } from '#src/domain/announcements/event-types.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { exportOf, sendImport } from '#test/support/exported-account.ts';
import { portalVisitor } from '#test/support/portal-visitor.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

/** How a thing is made or changed. An upsert is a PUT of the API. */
type Way = 'api' | 'page' | 'import' | 'upsert' | 'portal';
/** Does it, and answers the id of what it was done to. */
type Deed = () => Promise<string>;
type Told = { type: string; data: Partial<Record<'subscriber' | 'endpoint' | 'issue', { id: string }>> };

const URL_OF_NOBODY = 'http://127.0.0.1:9/';
const idIn = ({ location }: { location: string }) => location.split('/').at(-1) ?? '';

describe('our own webhooks, of each type by each way', () => {
  let server: TestServer;
  let receiver: Receiver;
  let api: Api;
  let app: Thing;
  let ofSubscriber: Thing;
  let browser: CookieBrowser;
  let portal: { browser: CookieBrowser; home: string };
  before(async () => {
    server = await sharedServer();
    receiver = await startReceiver(({ request, response }) => {
      response.writeHead(request.path.startsWith('/broken') ? 500 : 200).end();
    });
    api = await apiOfNewAccount(server);
    const { status } = await api.post('/account/webhook_endpoints', { url: `${receiver.url}/told` });
    assert.equal(status, 201);
    ({ app, subscription: ofSubscriber } = await makeApp(api, { url: `${receiver.url}/fine` }));
    await api.patch(`/apps/${app.id}`, { retry_delays: [0.01] });
    const { apps, pool, subscriptions } = server.container;
    const { rows } = await pool.query<{ id: string }>(
      'select id from heroku_resources where account_id = $1',
      [api.accountId],
    );
    browser = new CookieBrowser(server);
    await browser.signOn(rows[0]?.id ?? '');
    const subscription = await subscriptions.getOfApp(await apps.get(api.accountId, app.id), ofSubscriber.id);
    portal = {
      browser: await portalVisitor(server, subscription),
      home: `/portal/${subscription.id}`,
    };
  });
  after(async () => {
    await receiver.close();
    await server[Symbol.asyncDispose]();
  });

  const told = (): Told[] =>
    receiver.requests
      .filter(({ path }) => path === '/told')
      .map(({ body }) => JSON.parse(body.toString()) as Told);
  const countOf = (type: AnnouncedType, id: string) => {
    const [noun] = type.split('.') as ['subscriber' | 'endpoint' | 'issue'];
    return told().filter((one) => one.type === type && one.data[noun]?.id === id).length;
  };

  const ofApp = () => `/apps/${app.id}`;
  const endpoints = () => `/subscriptions/${ofSubscriber.id}/endpoints`;
  const fields = { url: URL_OF_NOBODY, version: '1.0' };
  const newSubscriber = async () => {
    const { body } = await api.post(`${ofApp()}/subscriptions`, { name: 'Globex', uid: randomUUID() });
    return { id: body.id, uid: body.uid ?? '' };
  };
  const newEndpoint = async (status: 'active' | 'inactive' = 'active') => {
    const { body } = await api.post(endpoints(), { ...fields, uid: randomUUID(), status });
    return { id: body.id, uid: body.uid ?? '' };
  };
  const newIssue = async (status: 'open' | 'resolved') => {
    const { body: broken } = await api.post(endpoints(), { ...fields, url: `${receiver.url}/broken` });
    const message = { event_type: 'user.created', version: '1.0', data: {} };
    await api.post(`${endpoints()}/${broken.id}/messages`, message);
    const list = () => api.get(`${ofApp()}/issues?endpoint_id=${broken.id}`);
    await eventually('an issue', async () => (await list()).rows.length > 0);
    const { id } = (await list()).first;
    if (status === 'resolved') await api.patch(`${ofApp()}/issues/${id}`, { status });
    return id;
  };
  /** The account's new row of a kind after the import of an account that has one. */
  const imported = (noun: 'subscriptions' | 'endpoints') => async () => {
    const other = await apiOfNewAccount(server);
    const { app: theirs } = await makeApp(other);
    await sendImport(api, await exportOf(server, other));
    // Its id is free in no account of this server, so that a new one was made.
    const { rows: apps } = await api.get('/apps');
    const made = apps.find(({ id, name }) => name === theirs.name && id !== app.id);
    const { first } = await api.get(`/apps/${made?.id ?? ''}/${noun}`);
    await api.delete(`/apps/${made?.id ?? ''}`);
    return first.id;
  };
  /** Turns an endpoint on or off by each way. */
  const turn = (to: 'active' | 'inactive'): Partial<Record<Way, Deed>> => {
    const from = to === 'active' ? 'inactive' : 'active';
    const by = (change: (one: { id: string; uid: string }) => Promise<unknown>) => async () => {
      const one = await newEndpoint(from);
      await change(one);
      return one.id;
    };
    return {
      api: by(({ id }) => api.patch(`${endpoints()}/${id}`, { status: to })),
      page: by(({ id }) =>
        browser.post(`${ofApp()}/endpoints/bulk`, {
          action: to === 'active' ? 'turn_on' : 'turn_off',
          endpoints: id,
        }),
      ),
      upsert: by(({ uid }) => api.put(`${ofApp()}/endpoints/${uid}`, { ...fields, status: to })),
      portal: by(({ id }) => portal.browser.post(`${portal.home}/endpoints/${id}/status`, { status: to })),
    };
  };
  const changeIssue = (to: 'open' | 'resolved'): Partial<Record<Way, Deed>> => {
    const from = to === 'open' ? 'resolved' : 'open';
    return {
      api: async () => {
        const id = await newIssue(from);
        await api.patch(`${ofApp()}/issues/${id}`, { status: to });
        return id;
      },
      page: async () => {
        const id = await newIssue(from);
        const action = `${to === 'open' ? 'reopen' : 'resolve'} ${id}`;
        await browser.post(`${ofApp()}/issues`, { action, status: from });
        return id;
      },
    };
  };
  const moved = { version: '2.0', events: 'all', url: URL_OF_NOBODY };

  /** A type without a way is told by the pipeline alone: test/http/own-webhooks.test.ts. */
  const DEEDS: Record<AnnouncedType, Partial<Record<Way, Deed>>> = {
    'subscriber.created': {
      api: async () => (await newSubscriber()).id,
      page: async () => idIn(await browser.post(`${ofApp()}/subscriptions`, { name: 'By page' })),
      import: imported('subscriptions'),
      upsert: async () => {
        const { body } = await api.put(`${ofApp()}/endpoints/new`, {
          ...fields,
          subscription: { uid: 'new' },
        });
        return body.subscription.id;
      },
    },
    'subscriber.updated': {
      api: async () => {
        const { id } = await newSubscriber();
        await api.patch(`/subscriptions/${id}`, { name: 'Globex Inc' });
        return id;
      },
      page: async () => {
        const { id } = await newSubscriber();
        await browser.post(`${ofApp()}/subscriptions/${id}`, { name: 'Globex Inc', uid: '', email: '' });
        return id;
      },
      upsert: async () => {
        const { id, uid } = await newSubscriber();
        await api.put(`${ofApp()}/subscriptions/${uid}`, { name: 'Globex Inc' });
        return id;
      },
    },
    'subscriber.deleted': {
      api: async () => {
        const { id } = await newSubscriber();
        await api.delete(`/subscriptions/${id}`);
        return id;
      },
      page: async () => {
        const { id } = await newSubscriber();
        await browser.post(`${ofApp()}/subscriptions/${id}/delete`, { confirmation: 'Globex' });
        return id;
      },
    },
    'endpoint.created': {
      api: async () => (await newEndpoint()).id,
      page: async () => {
        const path = `${ofApp()}/subscriptions/${ofSubscriber.id}/endpoints`;
        return idIn(await browser.post(path, { ...fields, events: 'all' }));
      },
      import: imported('endpoints'),
      upsert: async () =>
        (await api.put(`${ofApp()}/endpoints/${randomUUID()}`, { ...fields, subscription: { uid: 'new' } }))
          .body.id,
      portal: async () =>
        idIn(await portal.browser.post(`${portal.home}/endpoints`, { ...fields, events: 'all' })),
    },
    'endpoint.updated': {
      api: async () => {
        const { id } = await newEndpoint();
        await api.patch(`${endpoints()}/${id}`, { version: '2.0' });
        return id;
      },
      page: async () => {
        const { id } = await newEndpoint();
        await browser.post(`${ofApp()}/endpoints/${id}`, moved);
        return id;
      },
      upsert: async () => {
        const { id, uid } = await newEndpoint();
        await api.put(`${ofApp()}/endpoints/${uid}`, { ...fields, version: '2.0' });
        return id;
      },
      portal: async () => {
        const { id } = await newEndpoint();
        await portal.browser.post(`${portal.home}/endpoints/${id}`, moved);
        return id;
      },
    },
    'endpoint.deleted': {
      api: async () => {
        const { id } = await newEndpoint();
        await api.delete(`${endpoints()}/${id}`);
        return id;
      },
      page: async () => {
        const { id } = await newEndpoint();
        await browser.post(`${ofApp()}/endpoints/${id}/delete`, { confirmation: '127.0.0.1:9' });
        return id;
      },
      portal: async () => {
        const { id } = await newEndpoint();
        await portal.browser.post(`${portal.home}/endpoints/${id}/delete`, { confirmation: '127.0.0.1:9' });
        return id;
      },
    },
    'endpoint.disabled': turn('inactive'),
    'endpoint.enabled': turn('active'),
    'endpoint.warned': {},
    'issue.opened': changeIssue('open'),
    'issue.resolved': changeIssue('resolved'),
    'message.attempt.exhausted': {},
    'message.attempt.recovered': {},
    'usage.threshold': {},
  };

  it('come once for each thing that is done', async () => {
    const done: { type: AnnouncedType; way: string; id: string; times: number }[] = [];
    for (const [type, ways] of Object.entries(DEEDS) as [AnnouncedType, Partial<Record<Way, Deed>>][]) {
      for (const [way, deed] of Object.entries(ways)) {
        const id = await deed();
        assert.match(id, /^[\da-f-]{36}$/, `${type} by ${way}`);
        // It opened for the failure, too.
        done.push({ type, way, id, times: type === 'issue.opened' ? 2 : 1 });
      }
    }
    const isTold = ({ type, id, times }: (typeof done)[number]) => countOf(type, id) >= times;
    // What is missing is named by the assertion.
    await eventually('told', () => done.every(isTold), 10_000).catch(() => undefined);
    assert.deepEqual(
      done.filter(({ type, id, times }) => countOf(type, id) !== times),
      [],
    );
  });
});
