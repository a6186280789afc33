import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Response as ServerResponse } from 'express';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { LogTails } from '#src/surfaces/dashboard/logs/log-tails.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import { addAttempts, addMessages } from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

interface Told {
  id: string;
  rows: string;
  isCut: boolean;
}

const NIL = '00000000-0000-0000-0000-000000000000';

describe('a log that is followed', () => {
  let server: TestServer;
  let visitor: Visitor;
  const stop = new AbortController();

  before(async () => {
    server = await startTestServer({ runs: 'web' });
    visitor = await signedInVisitor(server);
  });
  after(async () => {
    stop.abort();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  /** An app of the visitor with one endpoint, whose attempts are written by the test. */
  async function makeApp(name: string) {
    const { apps, endpoints, pool, subscriptions } = server.container;
    const app = await apps.create(visitor.accountId, { name });
    const subscription = await subscriptions.create(app, { name: `${name} subscriber` });
    const endpoint = await endpoints.create(subscription, { url: 'https://example.com/', version: '1.0' });
    const owner = { app, subscription, endpoint };
    const attempted = async (statusCode: number, count = 1) => {
      const ids = Array.from({ length: count }, () => ({
        message: uuidv7(Date.now()),
        id: uuidv7(Date.now()),
      }));
      await addMessages(
        pool,
        owner,
        ids.map(({ message: id }) => ({ id, data: '{}' })),
      );
      const tries = ids.map(({ id, message: messageId }) => {
        return { id, messageId, succeeded: statusCode < 300, statusCode, responseBody: null };
      });
      await addAttempts(pool, owner, tries);
      return ids.map(({ id }) => id);
    };
    return { id: app.id, attempted };
  }

  const stream = (appId: string, query = '', who: Pick<Visitor, 'cookie'> & { last?: string } = visitor) =>
    fetch(`${server.url}/apps/${appId}/log_tail${query}`, {
      headers: {
        ...{ cookie: who.cookie, accept: 'text/event-stream' },
        ...(who.last !== undefined && { 'last-event-id': who.last }),
      },
      signal: stop.signal,
    });

  /** Reads the stream; `ids` has the attempts that it told of, in the order of their coming. */
  async function follow(appId: string, query = '', last?: string) {
    const response = await stream(appId, query, {
      cookie: visitor.cookie,
      ...(last !== undefined && { last }),
    });
    assert.equal(response.status, 200);
    const told: Told[] = [];
    void (async () => {
      let text = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          const [, id = '', data] = /^id: (.*)\nevent: rows\ndata: (.*)$/m.exec(event) ?? [];
          if (data !== undefined) told.push({ id, ...(JSON.parse(data) as Omit<Told, 'id'>) });
        }
      }
    })().catch(() => undefined);
    const ids = () => told.flatMap(({ rows }) => rows.match(/(?<=webhook_attempts\/)[0-9a-f-]{36}/g) ?? []);
    return { told, ids };
  }

  /** Writes attempts until the stream tells of one: the first look takes what is there as seen. */
  async function begun(
    app: { attempted: (code: number) => Promise<string[]> },
    ids: () => string[],
    code: number,
  ) {
    const written: string[] = [];
    await eventually('followed', async () => {
      written.push(...(await app.attempted(code)));
      return ids().length > 0;
    });
    await eventually('all told', () => Promise.resolve(ids().includes(written.at(-1) ?? '')));
  }

  it('tells of what comes, once, and of nothing that its filters keep back or that was there before', async () => {
    const app = await makeApp('Followed');
    const [old = ''] = await app.attempted(200);
    const [all, failed] = [await follow(app.id), await follow(app.id, '?status_class=5xx')];
    await begun(app, all.ids, 200);
    assert.deepEqual(failed.ids(), []);
    const [broken = ''] = await app.attempted(503);
    await eventually('told of the failure', () => Promise.resolve(failed.ids().length > 0));
    await eventually('told to both', () => Promise.resolve(all.ids().includes(broken)));
    assert.deepEqual(failed.ids(), [broken]);
    assert.match(failed.told[0]?.rows ?? '', /Failed[^]*503[^]*Followed subscriber/);
    assert.equal(new Set(all.ids()).size, all.ids().length, 'none twice');
    assert.ok(!all.ids().includes(old));
  });

  it('begins with what came since the page was made, or since it was connected last', async () => {
    const app = await makeApp('Between');
    const [shown = ''] = await app.attempted(200);
    const [first = ''] = await app.attempted(200);
    const [second = ''] = await app.attempted(200);
    const made = await follow(app.id, `?newest=${shown}`);
    const filtered = await follow(app.id, `?newest=${shown}&status=failed`);
    await eventually('told of both', () => Promise.resolve(made.ids().length > 0));
    assert.deepEqual(made.ids(), [second, first]);
    assert.equal(made.told[0]?.id, second);
    const again = await follow(app.id, `?newest=${shown}`, first);
    await eventually('told of the second', () => Promise.resolve(again.ids().length > 0));
    assert.deepEqual(again.ids(), [second]);
    const [later = ''] = await app.attempted(200);
    await eventually('told of the next', () => Promise.resolve(again.ids().includes(later)));
    await eventually('told to both', () => Promise.resolve(made.ids().includes(later)));
    assert.deepEqual([...made.ids()], [second, first, later], 'none twice');
    assert.deepEqual(filtered.ids(), []);
  });

  it('is told to the others when one page of it cannot be made', async () => {
    const { attempted, id: appId } = await makeApp('Unrenderable');
    await attempted(200);
    const { attempts, logger } = server.container;
    const tails = new LogTails({
      attempts,
      logger: { ...logger, error: () => undefined },
      lookMs: 3_600_000,
    });
    const written: string[] = [];
    const open = (render: () => Promise<string>) => {
      const write = (text: string) => written.push(text) > 0;
      const res = Object.assign(new EventEmitter(), { writeHead: () => undefined, writableLength: 0, write });
      const viewer = { app: { accountId: visitor.accountId, id: appId }, filters: {}, newest: NIL, render };
      tails.open({ ...viewer, isSignedIn: () => Promise.resolve(true) }, res as unknown as ServerResponse);
    };
    open(() => Promise.reject(new Error('no such view')));
    open(() => Promise.resolve('made'));
    await eventually('told', () => Promise.resolve(written.some((text) => text.includes('"rows":"made"'))));
  });

  it('says when more came than a look reads', async () => {
    const app = await makeApp('Busy');
    const { ids, told } = await follow(app.id);
    await begun(app, ids, 200);
    await app.attempted(200, 120);
    await eventually('cut', () => Promise.resolve(told.some(({ isCut }) => isCut)));
  });

  it('is offered on the first page of a log that is not searched, and needs script', async () => {
    const { id } = await makeApp('Offered');
    const page = async (query: string) => (await visitor.get(`/apps/${id}/webhook_attempts${query}`)).text;
    assert.match(
      await page('?status=failed'),
      new RegExp(`data-tail="/apps/${id}/log_tail\\?status=failed"`),
    );
    assert.match(await page(''), /Reload the page to see newer attempts/);
    for (const query of ['?q=words', `?before=${id}`, '?until=2026-01-01T00:00'])
      assert.doesNotMatch(await page(query), /data-tail/, query);
    for (const query of ['?q=words', '?until=2026-01-01T00:00', '?stat=failed'])
      assert.equal((await stream(id, query)).status, 400, query);
  });

  it('is nobody else’s', async () => {
    const { id } = await makeApp('Private');
    const stranger = await signedInVisitor(server);
    assert.equal((await stream(id, '', stranger)).status, 404);
  });

  it('is watched by 20 pages of an account at most: 429', async () => {
    const stranger = await signedInVisitor(server);
    const theirs = await server.container.apps.create(stranger.accountId, { name: 'Theirs' });
    const open: Response[] = [];
    for (let count = 0; count < FIXED_LIMITS.pagesOfLogs.max; count += 1)
      open.push(await stream(theirs.id, '', stranger));
    assert.ok(open.every(({ status }) => status === 200));
    const refused = await stream(theirs.id, '', stranger);
    assert.equal(refused.status, 429);
    assert.match(await refused.text(), /Your logs are watched by 20 open pages/);
    assert.equal((await stream((await makeApp('Other')).id)).status, 200, 'another account has its own');
  });

  it('looks at an app once, whoever watches it', async () => {
    const { id: appId } = await makeApp('Counted');
    const { attempts, logger } = server.container;
    let looks = 0;
    const page: typeof attempts.page = (...asked) => {
      looks += 1;
      return attempts.page(...asked);
    };
    // So long that there is no second look.
    const tails = new LogTails({ attempts: { page }, logger, lookMs: 3_600_000 });
    const app = { accountId: visitor.accountId, id: appId };
    for (let viewers = 0; viewers < 5; viewers += 1) {
      const res = Object.assign(new EventEmitter(), { writeHead: () => undefined, write: () => true });
      const viewer = {
        app,
        filters: {},
        render: () => Promise.resolve(''),
        isSignedIn: () => Promise.resolve(true),
      };
      tails.open(viewer, res as unknown as ServerResponse);
    }
    assert.equal(looks, 1);
  });
});
