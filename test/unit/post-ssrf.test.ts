import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAddressPolicy } from '#src/infra/outbound/address-policy.ts';
import type { AddressPolicy } from '#src/infra/outbound/address-policy.ts';
import type { Lookup } from '#src/infra/outbound/name-servers.ts';
import { createPoster } from '#src/infra/outbound/post.ts';
import { redirectTo } from '#test/support/behaviours.ts';
import { startReceiver, testCertificate } from '#test/support/receiver.ts';
import type { Receiver } from '#test/support/receiver.ts';

// The canaries stand for what must not be reached: nobody may even open a connection to them.
let canary: Receiver;
let tlsCanary: Receiver;
before(async () => {
  [canary, tlsCanary] = await Promise.all([startReceiver(), startReceiver(undefined, { isTls: true })]);
});
after(async () => {
  await Promise.all([canary.close(), tlsCanary.close()]);
});

const strict = createAddressPolicy({ allowsPrivateNetworks: false, trustedPrefix: 'http://localhost:1/r/' });
/** The ban of http would hide that the addresses of http URLs are judged, too. */
const strictWithHttp: AddressPolicy = { ...strict, allowsPrivateNetworks: true };
/** As if 127.0.0.1 were a public address, and the only one. */
const onlyLoopback: AddressPolicy = { ...strict, allowsAddress: (address) => address === '127.0.0.1' };

async function post(url: string, policy: AddressPolicy, lookup?: Lookup) {
  const poster = createPoster({ policy, timeoutMs: 5000, ca: testCertificate, ...(lookup && { lookup }) });
  const result = await poster.post({ url, headers: {}, body: '{}' });
  await poster.close();
  return result;
}

function assertCanariesAlive(): void {
  assert.deepEqual([canary.connectionsOpened(), tlsCanary.connectionsOpened()], [0, 0]);
}

describe('this machine is not reached as', () => {
  const spellings = [
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0x0.0x0.0x1',
    '0177.0.0.1',
    '017700000001',
    '127.127.127.127',
    '0',
    '0.0.0.0',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::FFFF:7F00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    'localhost',
    'LOCALHOST',
  ];
  for (const host of spellings) {
    test(host, async () => {
      const http = await post(`http://${host}:${String(canary.port)}/`, strictWithHttp);
      const https = await post(`https://${host}:${String(tlsCanary.port)}/`, strict);
      assert.deepEqual([http.outcome, https.outcome], ['blocked_address', 'blocked_address']);
      assertCanariesAlive();
    });
  }

  test('an address with a zone, which is no URL at all', async () => {
    assert.equal(
      (await post(`http://[::1%25lo]:${String(canary.port)}/`, strictWithHttp)).outcome,
      'connection',
    );
    assertCanariesAlive();
  });

  // Whether these have an address at all depends on the system.
  for (const host of ['a.localhost', 'localhost.', 'ip6-localhost', 'localhost.localdomain']) {
    test(host, async () => {
      const { outcome } = await post(`https://${host}:${String(tlsCanary.port)}/`, strict);
      assert.ok(['blocked_address', 'dns'].includes(outcome));
      assertCanariesAlive();
    });
  }

  test('a public name with private addresses', async () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254']) {
      const lookup = () => Promise.resolve([address]);
      const http = await post(`http://acme.example:${String(canary.port)}/`, strictWithHttp, lookup);
      const https = await post(`https://acme.example:${String(tlsCanary.port)}/`, strict, lookup);
      assert.deepEqual([http.outcome, https.outcome], ['blocked_address', 'blocked_address']);
    }
    assertCanariesAlive();
  });

  test('the goal of a redirect', async () => {
    await using receiver = await startReceiver(redirectTo(`${canary.url}/`, 307));
    const lenient = createAddressPolicy({
      allowsPrivateNetworks: true,
      trustedPrefix: 'http://localhost:1/r/',
    });
    assert.equal((await post(receiver.url, lenient)).outcome, 'redirected');
    assertCanariesAlive();
  });
});

test('the sentence names the host, not the address that it leads to', async () => {
  const result = await post('https://acme.example/', strict, () => Promise.resolve(['10.1.2.3']));
  assert.match(result.errorMessage, /^acme\.example is at an address that is not public/);
  assert.doesNotMatch(result.errorMessage, /10\.1\.2\.3/);
});

test('http is refused when only public networks are allowed', async () => {
  const result = await post('http://8.8.8.8/', strict);
  assert.deepEqual([result.outcome, result.timings.connectMs], ['blocked_address', null]);
});

describe('DNS rebinding', () => {
  test('finds no gap: the name is looked up once, and the connection goes to the address that was judged', async () => {
    await using receiver = await startReceiver(undefined, { isTls: true });
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const lookedUp: string[] = [];
    const lookup: Lookup = (name) => {
      lookedUp.push(name);
      return Promise.resolve(answers.shift() ?? []);
    };

    const result = await post(`https://acme.example:${String(receiver.port)}/`, onlyLoopback, lookup);

    assert.equal(result.outcome, 'status');
    assert.deepEqual(lookedUp, ['acme.example']);
  });

  test('a private address among public ones is left out', async () => {
    await using receiver = await startReceiver(undefined, { isTls: true });
    const judged: string[] = [];
    const policy = { ...onlyLoopback, allowsAddress: (address: string) => judged.push(address) === 2 };
    const lookup = () => Promise.resolve(['10.0.0.1', '127.0.0.1', '::1']);

    assert.equal(
      (await post(`https://acme.example:${String(receiver.port)}/`, policy, lookup)).outcome,
      'status',
    );
    assert.deepEqual(judged, ['10.0.0.1', '127.0.0.1', '::1']);
  });
});

describe('a connection to a pinned address', () => {
  test('still proves the name and sends it as Host', async () => {
    await using receiver = await startReceiver(undefined, { isTls: true });
    const host = `acme.example:${String(receiver.port)}`;
    const result = await post(`https://${host}/`, onlyLoopback, () => Promise.resolve(['127.0.0.1']));

    assert.equal(result.outcome, 'status');
    assert.equal((await receiver.nextRequest()).headers.host, host);
  });

  test('is refused when the certificate is for another name', async () => {
    await using receiver = await startReceiver(undefined, { isTls: true });
    const url = `https://acme.invalid:${String(receiver.port)}/`;
    const result = await post(url, onlyLoopback, () => Promise.resolve(['127.0.0.1']));
    assert.deepEqual([result.outcome, receiver.requests.length], ['tls', 0]);
  });

  test('goes to the next address when one does not answer', async () => {
    await using receiver = await startReceiver(undefined, { isTls: true });
    const both: AddressPolicy = { ...strict, allowsAddress: () => true };
    // 0.0.0.1 cannot be connected to; the system says so at once.
    const lookup = () => Promise.resolve(['0.0.0.1', '127.0.0.1']);
    const result = await post(`https://acme.example:${String(receiver.port)}/`, both, lookup);
    assert.equal(result.outcome, 'status');
  });
});

describe('our own Hook Helpers', () => {
  const trusting = (receiver: Receiver, base: AddressPolicy) => ({
    ...createAddressPolicy({ allowsPrivateNetworks: false, trustedPrefix: `${receiver.url}/r/` }),
    allowsPrivateNetworks: base.allowsPrivateNetworks,
  });

  test('are reached over http and on loopback', async () => {
    await using receiver = await startReceiver();
    assert.equal((await post(`${receiver.url}/r/token`, trusting(receiver, strict))).outcome, 'status');
  });

  test('are no way to other pages of the same origin, not even on the connection that is open', async () => {
    await using receiver = await startReceiver();
    const poster = createPoster({ policy: trusting(receiver, strictWithHttp), timeoutMs: 5000 });
    const outcomeOf = async (path: string) =>
      (await poster.post({ url: `${receiver.url}${path}`, headers: {}, body: '' })).outcome;

    assert.equal(await outcomeOf('/r/token'), 'status');
    for (const path of [
      '/',
      '/r',
      '/dashboard',
      '/r/../dashboard',
      '/r/%2e%2e/dashboard',
      '/r/..%2fdashboard',
    ]) {
      assert.equal(await outcomeOf(path), 'blocked_address', path);
    }
    await poster.close();
    assert.deepEqual(
      receiver.requests.map(({ path }) => path),
      ['/r/token'],
    );
  });
});
