import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

describe('the endpoints of an app, as a list', () => {
  let server: TestServer;
  let visitor: Visitor;
  let app: App;
  let path: string;
  const made: EndpointWithParents[] = [];

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
    path = `/apps/${app.id}/endpoints`;
    await addMany(60);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  async function addMany(count: number): Promise<void> {
    const { clock, endpoints, models } = server.container;
    const rows = Array.from({ length: count }, (_, index) => {
      const number = String(index).padStart(2, '0');
      const [id, endpointId] = [uuidv7(clock.now()), uuidv7(clock.now())];
      const uid = `customer-${number}`;
      return { id, endpointId, uid, name: `Customer ${number}`, email: `${uid}@example.com` };
    });
    const of = { accountId: app.accountId, appId: app.id };
    await models.Subscription.bulkCreate(rows.map(({ endpointId: _, ...row }) => ({ ...row, ...of })));
    await models.Endpoint.bulkCreate(
      rows.map(({ id, endpointId, uid }) => ({
        ...of,
        ...{
          id: endpointId,
          subscriptionId: id,
          uid: `e-${uid}`,
          url: `http://127.0.0.1:9/${uid}`,
          version: '1.0',
        },
        secretEncrypted: Buffer.alloc(1),
      })),
    );
    made.push(...(await endpoints.listOfApp(app, { limit: count, offset: 0 })).toReversed());
  }

  async function add(name: string): Promise<void> {
    const { endpoints, subscriptions } = server.container;
    const uid = name.toLowerCase().replace(' ', '-');
    const subscription = await subscriptions.create(app, { name, uid, email: `${uid}@example.com` });
    const url = `http://127.0.0.1:9/${uid}`;
    await endpoints.create(subscription, { url, version: '1.0', uid: `e-${uid}` });
  }

  const listed = async (query = '') => (await visitor.get(`${path}${query}`)).text;

  it('are found by subscriber, address of a subscriber, URL, uid and id', async () => {
    const [, , , fourth] = made;
    for (const q of [
      'customer 03',
      'CUSTOMER-03@example',
      '127.0.0.1:9/customer-03',
      'e-customer-03',
      fourth?.id,
    ])
      assert.deepEqual(namesIn(await listed(`?q=${encodeURIComponent(q ?? '')}`)), ['Customer 03'], q);
    assert.match(await listed('?q=customer%2003'), /1 found, 60 endpoints in all/);
    for (const q of ['%25', '_', "'"]) assert.match(await listed(`?q=${q}`), /Nothing matches/, q);
    assert.match(await listed('?q=%00%ED%A0%80'), /Nothing matches/);
  });

  it('are sorted, and say how many there are', async () => {
    const byName = made.map(({ subscription }) => subscription.name);
    const text = await listed('?sort=subscriber');
    assert.deepEqual(namesIn(text), byName.slice(0, 25));
    assert.match(text, /25 of 60 endpoints/);
    assert.deepEqual(namesIn(await listed('?sort=newest')), byName.toReversed().slice(0, 25));
    assert.match(await listed('?sort=size'), /“sort” has a value that nothing here has/);
    assert.match(await listed('?subscriber=x'), /“subscriber” is no filter/);
  });

  it('are paged in both directions, and a page stays true while others are added', async () => {
    const first = await listed('?sort=subscriber');
    const second = await visitor.get(linkIn(first, 'next'));
    assert.deepEqual(namesIn(second.text), namesFrom(25, 50));
    await add('Customer 000');
    await add('Customer 99');
    const third = await visitor.get(linkIn(second.text, 'next'));
    assert.deepEqual(namesIn(third.text), [...namesFrom(50, 60), 'Customer 99']);
    const back = await visitor.get(linkIn(third.text, 'prev'));
    assert.deepEqual(namesIn(back.text), namesFrom(25, 50));
    assert.equal(namesIn((await visitor.get(linkIn(back.text, 'prev'))).text).at(-1), 'Customer 24');
    assert.equal((await visitor.get(`${path}?before=nonsense`)).status, 200);
  });

  it('are filtered by how they are, the worst first', async () => {
    const { endpoints, models } = server.container;
    const [first, second, third] = made;
    assert.ok(first && second && third);
    await endpoints.update(first, { status: 'inactive' });
    await models.Endpoint.update({ failingSince: new Date() }, { where: { id: second.id } });
    await models.Endpoint.update(
      { status: 'inactive', inactiveReason: 'gone', inactiveSince: new Date() },
      { where: { id: third.id } },
    );
    assert.deepEqual(namesIn(await listed()).slice(0, 3), ['Customer 02', 'Customer 01', 'Customer 00']);
    assert.deepEqual(namesIn(await listed('?show=failing')), ['Customer 02', 'Customer 01']);
    assert.deepEqual(namesIn(await listed('?show=off')), ['Customer 02', 'Customer 00']);
    assert.match(await listed('?show=on'), /25 of 60 found, 62 endpoints in all/);
    assert.match(await listed('?show=paused'), /Nothing matches/);
  });

  it('are ticked by who may change them, and nobody else’s', async () => {
    assert.match(await listed(), /type="checkbox" name="endpoints"/);
    await server.container.models.Member.update(
      { role: 'viewer' },
      { where: { accountId: visitor.accountId } },
    );
    const seen = await listed();
    assert.equal(namesIn(seen).length, 25);
    assert.doesNotMatch(seen, /type="checkbox"|method="post" action="[^"]*endpoints/);
    await server.container.models.Member.update(
      { role: 'owner' },
      { where: { accountId: visitor.accountId } },
    );
    const stranger = await signedInVisitor(server);
    assert.equal((await stranger.get(path)).status, 404);
    const own = await server.container.apps.create(stranger.accountId, { name: 'Theirs' });
    assert.match((await stranger.get(`/apps/${own.id}/endpoints`)).text, /No endpoints yet/);
  });

  const namesFrom = (from: number, to: number) =>
    made.slice(from, to).map(({ subscription }) => subscription.name);
});

const namesIn = (text: string) =>
  [...text.matchAll(/endpoint-subscriber"[^>]*><bdi>([^<]*)</g)].map(([, name]) => name);

function linkIn(text: string, rel: 'next' | 'prev'): string {
  const [, href] = new RegExp(`href="([^"]*)" rel="${rel}"`).exec(text) ?? [];
  return (href ?? assert.fail(rel)).replaceAll('&amp;', '&');
}
