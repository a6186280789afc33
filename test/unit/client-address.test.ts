import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { clientAddress } from '#src/surfaces/http/client-address.ts';

const from = (forwarded: string | undefined, { isBehindProxy }: { isBehindProxy: boolean }) =>
  clientAddress({ isBehindProxy })({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress: '10.0.0.1' },
  } as unknown as IncomingMessage);

test('behind the router a request comes from where the router says, whatever its client claims', () => {
  const isBehindProxy = true;
  assert.equal(from('192.0.2.1', { isBehindProxy }), '192.0.2.1');
  assert.equal(from('203.0.113.9, 198.51.100.2 , 192.0.2.1', { isBehindProxy }), '192.0.2.1');
  assert.equal(from(undefined, { isBehindProxy }), '10.0.0.1');
  assert.equal(from(' ', { isBehindProxy }), '10.0.0.1');
});

test('elsewhere a request comes from its connection', () => {
  assert.equal(from('192.0.2.1', { isBehindProxy: false }), '10.0.0.1');
});
