import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { startReceiver, type Receiver } from '#test/support/receiver.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

// Whoever follows the links of a list sees each row that was there once, whatever is added and taken away meanwhile.

interface List {
  name: string;
  path: string;
  /** Answers the new row's id, once it is stored. */
  add: () => Promise<string>;
  /** Undefined: rows stay. */
  remove?: (id: string) => Promise<unknown>;
}

const ROWS = 14;
const ADDERS = 2;
const MAX_ADDED = 60;

let server: TestServer;
let receiver: Receiver;

before(async () => {
  server = await sharedServer();
  receiver = await startReceiver();
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await receiver.close();
});

const walk = fc.record({
  perPage: fc.integer({ min: 1, max: 6 }),
  page: fc.integer({ min: 1, max: 3 }),
  offset: fc.integer({ min: 0, max: 3 }),
  /** Whether the row that a link leads on from is taken away before it is followed. */
  removesEdges: fc.boolean(),
});
type Walk = typeof walk extends fc.Arbitrary<infer T> ? T : never;

for (const name of [
  'apps',
  'webhook events',
  'subscriptions',
  'endpoints of an app',
  'endpoints of a subscription',
  'messages',
  'messages of a type',
  'attempts',
  'attempts that succeeded',
  'attempts of an endpoint',
  'hook helpers',
]) {
  describe(name, () => {
    test(
      'neither miss nor repeat a row while rows are added and taken away',
      { timeout: 120_000 },
      async () => {
        await fc.assert(
          fc.asyncProperty(walk, async (how) => {
            const api = await apiOfNewAccount(server);
            const list = (await listsOf(api)).find((one) => one.name === name);
            assert.ok(list);
            await walkDownAndUp(api, list, how);
          }),
          { numRuns: 1, endOnFailure: true },
        );
      },
    );
  });
}

async function walkDownAndUp(api: Api, list: List, how: Walk): Promise<void> {
  const { perPage, page, offset, removesEdges } = how;
  const removed = new Set<string>();
  const remove = removesEdges && list.remove !== undefined ? removing(list.remove, removed) : undefined;
  const { rows: given } = await api.get(`${list.path}${sign(list)}per_page=100`);
  const there = new Set(given.map(({ id }) => id));
  for (let count = 0; count < ROWS; count += 1) there.add(await list.add());
  await using adding = keepAdding(list);

  const start = `${list.path}${sign(list)}per_page=${String(perPage)}&page=${String(page)}&offset=${String(offset)}`;
  const pages = await follow(api, start, { rel: 'next', there, remove });
  const down = pages.flatMap(({ ids }) => ids);
  assert.deepEqual(down, newestFirst(down), 'older and older, none twice');
  // Rows that are added while it starts by a number push others over its edge: from there on nothing is missed.
  const first = down[0] ?? '';
  for (const id of there) if (id < first) assert.ok(down.includes(id), `missed ${id} on the way down`);

  // Of those that were added, too, one may have been an edge.
  const before = new Set([...there, ...adding.added]).difference(removed);
  const last = pages.at(-1);
  assert.ok(last);
  const up = await follow(api, last.prev, { rel: 'prev', there: before, remove });
  const seen = [...up.toReversed().flatMap(({ ids }) => ids), ...last.ids];
  assert.deepEqual(seen, newestFirst(seen), 'newer and newer, none twice');
  const oldest = seen.at(-1) ?? '';
  for (const id of before) if (id > oldest) assert.ok(seen.includes(id), `missed ${id} on the way up`);

  const top = up.at(-1);
  const again = await follow(api, top?.next, { rel: 'next', there: before, remove: undefined });
  const down2 = [...(top?.ids ?? []), ...again.flatMap(({ ids }) => ids)];
  assert.deepEqual(down2, newestFirst(down2), 'down again from where it turned, none twice');
  const turned = down2[0] ?? '';
  for (const id of before)
    if (id < turned) assert.ok(down2.includes(id), `missed ${id} on the way down again`);
}

function removing(remove: NonNullable<List['remove']>, removed: Set<string>): NonNullable<List['remove']> {
  return (id) => {
    removed.add(id);
    return remove(id);
  };
}

interface Seen {
  ids: string[];
  prev: string | undefined;
  next: string | undefined;
}

/** To the last page. What is taken away on the way is taken out of `there`, too. */
async function follow(
  api: Api,
  start: string | undefined,
  { rel, there, remove }: { rel: 'next' | 'prev'; there: Set<string>; remove: List['remove'] },
): Promise<Seen[]> {
  const pages: Seen[] = [];
  let address = start;
  while (address !== undefined) {
    const { status, rows, headers } = await api.get(address);
    assert.equal(status, 200);
    const link = (which: string) => {
      const url = new RegExp(`<([^>]*)>; rel="${which}"`).exec(headers.get('link') ?? '')?.[1];
      return url?.slice(`${server.url}/api/v1`.length);
    };
    const ids = rows.map(({ id }) => id);
    pages.push({ ids, prev: link('prev'), next: link('next') });
    address = link(rel);
    const edge = rel === 'next' ? ids.at(-1) : ids[0];
    if (remove !== undefined && edge !== undefined && address !== undefined) {
      await remove(edge);
      there.delete(edge);
    }
    assert.ok(pages.length < 200, 'it ends');
  }
  return pages;
}

/** Adds rows, as fast as they are taken and more than one at a time, until it is disposed of. */
function keepAdding(list: List) {
  const added: string[] = [];
  let isOver = false;
  const adders = Array.from({ length: ADDERS }, async () => {
    while (!isOver && added.length < MAX_ADDED) added.push(await list.add());
  });
  return {
    added,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(adders);
    },
  };
}

const newestFirst = (ids: string[]) => [...new Set(ids)].sort().reverse();
const sign = ({ path }: List) => (path.includes('?') ? '&' : '?');

async function listsOf(api: Api): Promise<List[]> {
  const { app, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  const ofApp = `/apps/${app.id}`;
  const ofSubscription = `/subscriptions/${subscription.id}`;
  let count = 0;
  const adding = (path: string, body: () => object) => async () => {
    const answer = await api.post(path, body());
    assert.ok(answer.status < 300, answer.text);
    return answer.body.id;
  };
  const addEndpoint = adding(`${ofSubscription}/endpoints`, () => ({
    url: 'http://127.0.0.1:9/',
    version: '2',
  }));
  const removeEndpoint = (id: string) => api.delete(`${ofSubscription}/endpoints/${id}`);
  const addMessage = adding(`${ofApp}/messages`, () => ({
    event_type: 'user.created',
    version: '3',
    data: {},
  }));
  const sendTest = adding(`${ofSubscription}/endpoints/${endpoint.id}/test`, () => ({
    event_type: 'user.created',
  }));
  const addAttempt = async () => {
    // More than the rate of tests allows.
    await server.container.pool.query('delete from test_rates');
    return sendTest();
  };
  return [
    {
      name: 'apps',
      path: '/apps',
      add: adding('/apps', () => ({ name: 'A' })),
      remove: (id) => api.delete(`/apps/${id}`),
    },
    {
      name: 'webhook events',
      path: `${ofApp}/webhook_events`,
      add: adding(`${ofApp}/webhook_events`, () => ({ event_type: `event.${String((count += 1))}` })),
      remove: (id) => api.delete(`${ofApp}/webhook_events/${id}`),
    },
    {
      name: 'subscriptions',
      path: `${ofApp}/subscriptions`,
      add: adding(`${ofApp}/subscriptions`, () => ({ name: 'S' })),
      remove: (id) => api.delete(`/subscriptions/${id}`),
    },
    { name: 'endpoints of an app', path: `${ofApp}/endpoints`, add: addEndpoint, remove: removeEndpoint },
    {
      name: 'endpoints of a subscription',
      path: `${ofSubscription}/endpoints`,
      add: addEndpoint,
      remove: removeEndpoint,
    },
    { name: 'messages', path: `${ofApp}/messages`, add: addMessage },
    { name: 'messages of a type', path: `${ofApp}/messages?event_type=user.created`, add: addMessage },
    { name: 'attempts', path: `${ofApp}/webhook_attempts`, add: addAttempt },
    { name: 'attempts that succeeded', path: `${ofApp}/webhook_attempts?status=success`, add: addAttempt },
    {
      name: 'attempts of an endpoint',
      path: `${ofApp}/endpoints/${endpoint.id}/webhook_attempts`,
      add: addAttempt,
    },
    {
      name: 'hook helpers',
      path: '/hook_helpers',
      add: adding('/hook_helpers', () => ({ label: 'H' })),
      remove: (id) => api.delete(`/hook_helpers/${id}`),
    },
  ];
}
