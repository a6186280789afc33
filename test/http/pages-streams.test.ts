import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Request, Response } from 'express';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { ArrivalStreams } from '#src/surfaces/dashboard/arrival-streams.ts';
import { isStillSignedIn } from '#src/surfaces/dashboard/frame/session.ts';
import { listVisits } from '#src/domain/visits/visits.ts';
import { eventually } from '#test/support/eventually.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';

describe('streams of arrivals', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const createHelper = () => server.container.hookHelpers.create(visitor.accountId, { label: 'Watched' });
  const watch = (id: string, stop: AbortController) =>
    fetch(`${server.url}/hook_helpers/${id}/stream`, {
      headers: { cookie: visitor.cookie, accept: 'text/event-stream' },
      signal: stop.signal,
    });

  it('are at most 10 of a Hook Helper and 50 of an account: 429', async () => {
    const stop = new AbortController();
    // Held on to: what is forgotten is collected, and closed.
    const open: Awaited<ReturnType<typeof watch>>[] = [];
    const helpers = await Promise.all(Array.from({ length: 6 }, createHelper));
    for (const { id } of helpers.slice(0, 5)) {
      for (let count = 0; count < FIXED_LIMITS.pagesOfHelper.max; count += 1)
        open.push(await watch(id, stop));
    }
    assert.equal(open.length, FIXED_LIMITS.pagesOfAccount.max);
    assert.ok(open.every(({ status }) => status === 200));
    const ofHelper = await watch(helpers[0]?.id ?? '', stop);
    assert.equal(ofHelper.status, 429);
    assert.match(await ofHelper.text(), /This Hook Helper is watched by 10 open pages/);
    const ofAccount = await watch(helpers[5]?.id ?? '', stop);
    assert.equal(ofAccount.status, 429);
    assert.match(await ofAccount.text(), /Your account is watched by 50 open pages/);
    assert.equal(open.length, 50);
    stop.abort();
    await eventually('room again', async () => {
      const again = new AbortController();
      const { status } = await watch(helpers[5]?.id ?? '', again);
      again.abort();
      return status === 200;
    });
  });

  it('know when what they were opened with has ended: signed out, removed, or the add-on is gone', async () => {
    const { pool, provisioning } = server.container;
    const ends: ((visit: Visitor) => Promise<unknown>)[] = [
      (visit) => visit.post(`/sign_out?addon=${visit.resourceId}`, {}),
      (visit) => pool.query('delete from members where account_id = $1', [visit.accountId]),
      (visit) => provisioning.deprovision(visit.resourceId),
    ];
    for (const end of ends) {
      const visit = await signedInVisitor(server);
      const request = await openRequest(visit);
      assert.equal(await isStillSignedIn(server.container, request), true);
      await end(visit);
      assert.equal(await isStillSignedIn(server.container, request), false);
    }
  });

  /** What a stream knows of the request that opened it. */
  const openRequest = async (visit: Visitor) => {
    const sessionID = /=s%3A([^.]+)/.exec(visit.cookie)?.[1] ?? '';
    const [user] = await listVisits(server.container, sessionID);
    return { sessionID, user } as unknown as Request;
  };

  it('end at the heartbeat after the session did', async () => {
    const streams = new ArrivalStreams(SILENT, { heartbeatMs: 5 });
    const stream = new FakeStream();
    let isSignedIn = true;
    const viewer = { helperId: 'h', accountId: 'a', isSignedIn: () => Promise.resolve(isSignedIn) };
    streams.open(viewer, stream as unknown as Response);
    await eventually('a heartbeat', () => stream.text.includes('still here'));
    isSignedIn = false;
    await eventually('ended', () => stream.isEnded);
  });
});

const SILENT = {
  on: () => () => undefined,
  onGap: () => undefined,
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

class FakeStream extends EventEmitter {
  text = '';
  isEnded = false;
  writeHead(): void {
    this.text = '';
  }
  write(text: string): void {
    this.text += text;
  }
  end(): void {
    this.isEnded = true;
    this.emit('close');
  }
}
