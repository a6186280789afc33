import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCKED_PORTS } from '#src/dev/start/blocked-port.ts';
import { startEverything } from '#src/dev/start/index.ts';

test('a port that browsers block is refused before anything starts, with what to do', async () => {
  for (const port of [4190, 6000]) {
    await assert.rejects(startEverything({ PORT: String(port) }, AbortSignal.abort()), (error: unknown) => {
      assert.ok(error instanceof Error && error.name === 'CannotStart');
      assert.match(error.message, /^PORT: browsers open no page at port \d+.* set another, like PORT=3001$/);
      return true;
    });
  }
});

test('the ports are those that fetch blocks', async () => {
  for (const port of BLOCKED_PORTS) {
    const refusal = await fetch(`http://127.0.0.1:${String(port)}/`).catch((error: unknown) => error);
    assert.match(String((refusal as Error).cause), /bad port/, String(port));
  }
});
