import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckingThread } from '#src/domain/event-schemas/checking-thread.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';

const LIMIT_MS = 20;
const MANY_LOOKS = 10;

test('a question is held to its processor time: what a busy machine takes longer for is not stopped', async () => {
  let cpuMs = 0;
  let looks = 0;
  const seen = Promise.withResolvers<undefined>();
  const thread = new CheckingThread(createLogger('silent'), () => {
    looks += 1;
    if (looks === MANY_LOOKS) seen.resolve(undefined);
    return Promise.resolve(cpuMs);
  });
  const asked = thread.ask([{ accountId: 'mine', schema: endless(), data: '1' }], {
    limitMs: LIMIT_MS,
    accountMs: Infinity,
  });
  assert.equal(await Promise.race([seen.promise.then(() => 'under way'), asked]), 'under way');
  cpuMs = LIMIT_MS + 1;
  assert.deepEqual(await asked, { stoppedAt: 0 });
});

function endless(): string {
  const levels = Array.from({ length: 60 }, (_, n) => {
    const next = { $ref: `#/$defs/l${String(n + 1)}` };
    return [`l${String(n)}`, { allOf: [next, next] }];
  });
  return JSON.stringify({ $ref: '#/$defs/l0', $defs: { ...Object.fromEntries(levels), l60: {} } });
}
