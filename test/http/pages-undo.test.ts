import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { IssueStatus } from '#src/domain/issues/issue.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

describe('a change that sent nothing', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: App;
  let endpoint: EndpointWithParents;
  let path: string;

  before(async () => {
    server = await sharedServer();
    visitor = await signedInVisitor(server);
    const { apps, endpoints, subscriptions, webhookEvents } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const input = { url: 'http://127.0.0.1:9/', version: '1.0', enabledEvents: [EVENT_TYPE, 'order.*'] };
    const { id } = await endpoints.create(subscription, { ...input, rules: { retry_policy: NO_RETRY } });
    endpoint = await endpoints.getOfApp(app, id);
    path = `/apps/${app.id}/endpoints/${id}`;
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  it('of an endpoint is undone by the button of its notice', async () => {
    await undo(await visitor.post(`${path}/pause`, {}));
    assert.equal((await read()).pausedAt, null);
    await undo(await visitor.post(`${path}/status`, { status: 'inactive' }));
    assert.equal((await read()).status, 'active');
    await undo(await visitor.post(`${path}/events`, { events: 'all' }));
    const { eventPatterns, receivesAllEvents, webhookEvents } = await read();
    assert.deepEqual([receivesAllEvents, eventPatterns, webhookEvents.length], [false, ['order.*'], 1]);
    await undo(await visitor.post(`${path}/rules`, { filter: '{"body":{"total":{"$gt":1}}}' }));
    assert.deepEqual((await read()).rules, { retry_policy: NO_RETRY });
  });

  it('is offered to be undone no more after a reload, and what sends or has a secret is not at all', async () => {
    const { location } = await visitor.post(`${path}/pause`, {});
    assert.match((await visitor.get(location)).text, />Undo</);
    assert.doesNotMatch((await visitor.get(location)).text, />Undo</);
    const resumed = await visitor.post(`${path}/resume`, {});
    const bearer = { auth_type: 'bearer', auth_bearer_token: 'top-secret-token' };
    const signed = await visitor.post(`${path}/rules`, bearer);
    assert.equal(signed.status, 303, /field-error[^]{0,200}/.exec(signed.text)?.[0]);
    const replaced = await visitor.post(`${path}/rules`, {
      ...bearer,
      auth_bearer_token: 'top-secret-again-token',
    });
    await server.container.endpoints.update(await read(), { retryDelaysSeconds: [5, 7] });
    const policy = {
      retry_policy_strategy: 'linear',
      retry_policy_interval_seconds: '1',
      retry_policy_count: '2',
    };
    const delayed = await visitor.post(`${path}/rules`, policy);
    assert.deepEqual([delayed.status, (await read()).retryDelaysSeconds], [303, null]);
    for (const answer of [resumed, signed, replaced, delayed])
      assert.doesNotMatch((await visitor.get(answer.location)).text, />Undo<|top-secret/);
  });

  it('of an issue is undone in its list', async () => {
    await server.container.acceptor.accept(messageTo(app));
    const issues = `/apps/${app.id}/issues`;
    const { issues: rows } = server.container;
    const listed = async (status: IssueStatus) => rows.list(app, { status }, firstPage(9));
    await eventually('an issue', async () => (await listed('open')).length === 1);
    const [issue] = await listed('open');
    const changed = await visitor.post(issues, { action: `acknowledge ${issue?.id ?? ''}`, status: 'open' });
    assert.deepEqual([(await listed('open')).length, (await listed('acknowledged')).length], [0, 1]);
    await undo(changed);
    assert.deepEqual([(await listed('open')).length, (await listed('acknowledged')).length], [1, 0]);
  });

  const read = () => server.container.endpoints.getOfApp(app, endpoint.id);

  /** Posts the form of the notice on the page that a form led to. */
  async function undo({ location, status, text }: Awaited<ReturnType<Visitor['post']>>): Promise<void> {
    assert.equal(status, 303, text);
    const page = (await visitor.get(location)).text;
    const [, action = '', inputs = ''] =
      /<form class="notice-action" method="post" action="([^"]+)">([^]*?)<\/form>/.exec(page) ?? [];
    const fields = [...inputs.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, value],
    );
    const answer = await visitor.post(action.replaceAll('&amp;', '&'), fields);
    assert.equal(answer.status, 303, `${action} ${JSON.stringify(fields)} ${answer.text}`);
  }
});

const NO_RETRY = { strategy: 'linear', interval_seconds: 1, count: 0 } as const;
