import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import { createNameServers, SilentName } from '#src/infra/outbound/name-servers.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { createResolver } from '#src/infra/outbound/resolver.ts';
import { type NameServer, startNameServer } from '#test/support/name-server.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

const zone = (name: string) => {
  if (name === 'acme.example') return ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
  if (name === 'half.example') return 'silent for IPv6';
  if (name === 'broken.example') return 'failure';
  return name.startsWith('dead') ? 'silent' : 'no such name';
};

/** `use` gets look-ups that ask `server`; those under way are ended after it. */
async function asking<T>(
  server: NameServer,
  use: (names: ReturnType<typeof createNameServers>) => Promise<T>,
) {
  const names = createNameServers({ servers: [server.address] });
  try {
    return await use(names);
  } finally {
    names.cancel();
  }
}

describe('a name is looked up', () => {
  test('at the name servers, for the addresses of both families', async () => {
    await using server = await startNameServer(zone);
    await asking(server, async ({ lookup }) => {
      assert.deepEqual(await lookup('acme.example'), ['192.0.2.1', '192.0.2.2', '2001:db8::1']);
      assert.deepEqual(await lookup('acme.example.'), ['192.0.2.1', '192.0.2.2', '2001:db8::1']);
    });
  });

  test('without waiting for a family that does not answer (RFC 8305)', async () => {
    await using server = await startNameServer(zone);
    assert.deepEqual(await asking(server, ({ lookup }) => lookup('half.example')), ['127.0.0.1']);
  });

  test('and what is wrong with it told in our words', async () => {
    await using server = await startNameServer(zone);
    await asking(server, async ({ lookup }) => {
      const absent = { outcome: 'dns', message: 'nobody.example does not exist: its name has no address' };
      await assert.rejects(lookup('nobody.example'), absent);
      const failing = {
        outcome: 'dns',
        message: 'the name broken.example could not be looked up (ESERVFAIL)',
      };
      await assert.rejects(lookup('broken.example'), failing);
    });
  });

  test('in the hosts file first, and localhost nowhere', async () => {
    await using folder = await createTemporaryFolder();
    const hostsFile = join(folder.path, 'hosts');
    await writeFile(
      hostsFile,
      '# ours\n192.0.2.7\tHooks.acme.test  hooks # the receiver\n::7 hooks.acme.test\nx y\n',
    );
    await using server = await startNameServer(zone);
    const { lookup } = createNameServers({ servers: [server.address], hostsFile });
    assert.deepEqual(await lookup('hooks.acme.test'), ['192.0.2.7', '::7']);
    assert.deepEqual(await lookup('hooks'), ['192.0.2.7']);
    assert.deepEqual(await lookup('localhost'), ['127.0.0.1', '::1']);
    assert.deepEqual(server.asked, []);
  });
});

test('a look-up that is under way is shared by all who ask for the same name', async () => {
  const { promise: answer, resolve: answerLookup } = Promise.withResolvers<string[]>();
  const asked: string[] = [];
  const resolve = createResolver({
    lookup: (name) => {
      asked.push(name);
      return answer;
    },
  });

  const all = [resolve('acme.example', 'a'), resolve('acme.example', 'b'), resolve('globex.example', 'a')];
  answerLookup(['192.0.2.1']);

  assert.deepEqual(await Promise.all(all), [['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
  assert.deepEqual(asked, ['acme.example', 'globex.example']);
});

test('answers are not kept, good or bad: a repaired name works at once', async () => {
  const answers = [() => Promise.reject(new Error('down')), () => Promise.resolve(['192.0.2.1'])];
  const resolve = createResolver({ lookup: () => answers.shift()?.() ?? Promise.resolve([]) });

  await assert.rejects(resolve('acme.example', ''), /down/);
  assert.deepEqual(await resolve('acme.example', ''), ['192.0.2.1']);
  assert.deepEqual(await resolve('acme.example', ''), []);
});

describe('names whose servers never answer', () => {
  test('delay nobody else: an account has a number of look-ups under way, and waits for these alone', async () => {
    await using server = await startNameServer((name) =>
      name === 'acme.example' ? ['192.0.2.1'] : 'silent',
    );
    await asking(server, async (names) => {
      const resolve = createResolver({ lookup: names.lookup });
      let ended = 0;
      const end = () => (ended += 1);
      const dead = Array.from({ length: 33 }, (_, index) => resolve(`dead${String(index)}.example`, 'one'));
      for (const one of dead) one.then(end, end);
      await server.askedFor(32);

      assert.deepEqual(await resolve('acme.example', 'two'), ['192.0.2.1']);
      assert.equal(ended, 0);
      assert.equal(new Set(server.asked).size, 33, 'the 33rd of the first account waits');
      names.cancel();
      await server.askedFor(34);
    });
  });

  test('are counted by the account of the request', async () => {
    await using receiver = await startReceiver();
    const policy = createAddressPolicy({ allowsPrivateNetworks: true, trustedPrefix: undefined });
    const { promise: end, reject } = Promise.withResolvers<string[]>();
    const asked: string[] = [];
    const lookup = (name: string) => {
      asked.push(name);
      return name === 'acme.example' ? Promise.resolve(['127.0.0.1']) : end;
    };
    const poster = createPoster({ policy, timeoutMs: 60_000, lookup });
    const post = (account: string, host: string) =>
      poster.post({ url: `http://${host}:${String(receiver.port)}/`, headers: {}, body: '', account });

    const dead = Array.from({ length: 40 }, (_, index) => post('one', `dead${String(index)}.example`));
    assert.equal((await post('two', 'acme.example')).outcome, 'status');
    assert.equal(asked.length, 33);
    reject(new SilentName('dead.example'));
    const outcomes = (await Promise.all(dead)).map(({ outcome }) => outcome);
    await poster.close();
    assert.deepEqual(new Set(outcomes), new Set(['dns']));
  });

  test('are given up on, and fail at once for a while', async () => {
    await using server = await startNameServer(zone);
    await asking(server, async ({ lookup }) => {
      const resolve = createResolver({ lookup, patienceMs: 100 });
      await assert.rejects(resolve('dead.example', 'one'), SilentName);
      const askedBefore = server.asked.length;
      await assert.rejects(resolve('dead.example', 'one'), /its name servers did not answer/);
      assert.equal(server.asked.length, askedBefore);
    });
  });

  test('are asked for again after that, in a line of their own', async () => {
    let isRepaired = false;
    const asked: string[] = [];
    const lookup = (name: string) => {
      asked.push(name);
      return isRepaired ? Promise.resolve(['192.0.2.1']) : new Promise<string[]>(() => {});
    };
    const resolve = createResolver({ lookup, patienceMs: 50, rememberMs: 0 });
    const names = Array.from({ length: 40 }, (_, index) => `dead${String(index)}.example`);
    await Promise.allSettled(names.map((name) => resolve(name, 'one')));
    asked.length = 0;

    const again = Promise.allSettled(names.map((name) => resolve(name, 'one')));
    isRepaired = true;
    assert.deepEqual(await resolve('acme.example', 'one'), ['192.0.2.1']);
    assert.deepEqual(asked, [...names.slice(0, 4), 'acme.example']);
    await again;
    assert.deepEqual(await resolve('dead39.example', 'one'), ['192.0.2.1']);
  });
});
