import assert from 'node:assert/strict';
import { it } from 'node:test';
import { freePort } from '#src/dev/free-port.ts';

it('a port is given once, however long its taker waits before it listens', async () => {
  const ports = [];
  // Of 6,384 ports some twenty would be picked twice by chance.
  for (let count = 0; count < 500; count += 1) ports.push(await freePort());
  assert.equal(new Set(ports).size, ports.length);
});
