import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after } from 'node:test';
import { dripBody } from '#test/support/behaviours.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { all, type Attacks, lasting, MEGABYTE, messageOf, type Stage } from './stage.ts';

/** Small requests that make much work. */
export const work = ({ server, attacker, made, path, ask }: Stage): Attacks => ({
  'pages far behind, and searches': () =>
    all(lasting({ short: 5, long: 100 }), () =>
      Promise.all(
        ['messages?page=1000000000', 'webhook_attempts?offset=1000000000', 'webhook_attempts?q=zzzzzz'].map(
          (list) => attacker.get(`${path}/${list}`),
        ),
      ),
    ),
  'wrong sign-in tokens': () =>
    all(lasting({ short: 20, long: 500 }), () =>
      Promise.all([
        ask(`${server.url}/heroku/sso`, {
          method: 'POST',
          body: new URLSearchParams({
            resource_id: randomUUID(),
            resource_token: 'x'.repeat(40),
            timestamp: String(Math.round(Date.now() / 1000)),
          }),
        }),
        ask(`${server.url}/portal/${'x'.repeat(100)}`),
        ask(`${server.url}/invitations/${'x'.repeat(100)}`),
      ]),
    ),
  'a flood of sign-ins': () =>
    all(lasting({ short: 10, long: 500 }), (n) =>
      ask(`${server.url}/sign_in`, {
        method: 'POST',
        headers: { origin: server.url },
        body: new URLSearchParams({ email: `kim-${String(n)}@example.com`, password: 'not this one' }),
      }),
    ),
  'a storm of replays': async () => {
    await attacker.post(`${path}/messages/batch`, `[${Array(100).fill(messageOf('{}')).join(',')}]`);
    const endpoint = `/subscriptions/${made.subscription.id}/endpoints/${made.endpoint.id}`;
    await all(lasting({ short: 20, long: 500 }), () =>
      attacker.post(`${endpoint}/replay`, { status: ['failed', 'held'] }),
    );
  },
  'patterns that backtrack': async () => {
    await attacker.post(`${path}/webhook_events`, {
      event_type: 'slow.pattern',
      schema: { type: 'string', pattern: '^(a+)+$' },
      enforce: true,
    });
    const message = messageOf(`"${'a'.repeat(40)}!"`).replace('user.created', 'slow.pattern');
    await all(lasting({ short: 5, long: 50 }), () => attacker.post(`${path}/messages`, message));
  },
  'receivers that drip': async () => {
    const receiver = await startReceiver(dripBody(1));
    after(() => receiver.close());
    await attacker.post(`/subscriptions/${made.subscription.id}/endpoints`, {
      url: receiver.url,
      version: '1.0',
    });
    const batch = `[${Array(lasting({ short: 50, long: 1000 }))
      .fill(messageOf('{}'))
      .join(',')}]`;
    await attacker.post(`${path}/messages/batch`, batch);
    await receiver.nextRequest();
  },
  'large messages for endpoints that hang': async () => {
    const silent = createServer({ pauseOnConnect: true }).listen(0);
    after(() => silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await all(lasting({ short: 20, long: 300 }), (n) =>
      attacker.post(`/subscriptions/${made.subscription.id}/endpoints`, {
        url: `http://localhost:${String(port)}/${String(n)}`,
        version: '1.0',
      }),
    );
    const large = messageOf(`"${'x'.repeat(MEGABYTE - 200)}"`);
    for (let n = 0; n < lasting({ short: 1, long: 3 }); n += 1)
      await attacker.post(`${path}/messages`, large);
    await once(silent, 'connection');
  },
  'imports at once': () => {
    const header = '{"type":"header","format":"hostedhooks-export","version":1}';
    const line = `{"type":"app","id":"${made.app.id}","name":"x","created_at":"2026-01-31T12:00:00.000Z"}`;
    const file = [header, ...Array<string>(lasting({ short: 500, long: 20_000 })).fill(line)].join('\n');
    return all(lasting({ short: 5, long: 50 }), () =>
      attacker.post('/import', file, { 'content-type': 'application/x-ndjson' }),
    );
  },
});
