import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '#src/domain/apps/app.ts';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { allMails } from '#test/support/mails.ts';
import { Onlooker } from '#test/support/onlooker.ts';
import { signedInVisitor } from '#test/support/pages.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { EVENT_TYPE, messageTo } from '#test/support/subscribed-app.ts';

// Mails and metrics tell what the API tells, and so do all places of an account that was moved and replayed.

const NEVER_SECONDS = 86_400;
const A_MINUTE = 61 / 3600;

interface Statistics extends Thing {
  missed: object;
}

describe('an endpoint that was turned off', () => {
  const clock = createJumpingClock();
  let server: TestServer;
  let receiver: Receiver;
  let original: Onlooker;
  let app: App;
  let subscription: Subscription;
  let unwell: EndpointWithParents;
  let status = 500;

  before(async () => {
    server = await startTestServer({ clock });
    receiver = await startReceiver((exchange) => answer(status)(exchange));
    const visitor = await signedInVisitor(server);
    original = new Onlooker(server, visitor);
    const { apps, subscriptions, webhookEvents } = server.container;
    app = await apps.create(visitor.accountId, { name: 'Acme', uid: 'acme' });
    await webhookEvents.create(app, { eventType: EVENT_TYPE });
    subscription = await subscriptions.create(app, { name: 'Globex', uid: 'globex' });
    unwell = await server.container.endpoints.create(subscription, {
      uid: 'unwell',
      url: receiver.url,
      version: '1.0',
      retryDelaysSeconds: [NEVER_SECONDS],
    });
    await posted('scheduled');
    status = 410;
    await posted('failed');
    await posted('held');
  });
  after(async () => {
    await receiver[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function posted(state: DeliveryState): Promise<void> {
    const { message } = await server.container.acceptor.accept(messageTo(app));
    await eventually(state, async () => {
      const [delivery] = await original.api<Thing[]>(`/apps/acme/messages/${message.id}/deliveries`);
      return delivery?.['state'] === state;
    });
  }

  const statistics = () => original.api<Statistics>('/apps/acme/subscriptions/globex/endpoints/unwell/stats');

  it('is told of by mail in the numbers of the API and the pages', async () => {
    clock.jump(A_MINUTE);
    await server.container.endpointAlerts.mail();
    const [mail] = await allMails(server);
    const { missed, scheduled } = await statistics();
    assert.deepEqual([missed, scheduled], [{ failed: 1, held: 1 }, 1]);
    assert.match(
      mail?.text ?? '',
      /2 deliveries are kept for a replay\. 1 more is kept when its next attempt is due/,
    );
    const page = await original.page(`/apps/${app.id}/endpoints/${unwell.id}`);
    assert.match(page, /It has missed 2 deliveries so far\. Besides, 1 delivery waits for another attempt/);
  });

  it('agrees in all places after it was moved to another account, and after it was replayed there', async () => {
    const visitor = await signedInVisitor(server);
    const copy = new Onlooker(server, visitor);
    const file = await original.apiText('/export?secrets=true');
    await copy.api('/import', { method: 'POST', body: file, type: 'application/x-ndjson' });
    const copiedApp = await server.container.apps.get(visitor.accountId, 'acme');
    const copied = await server.container.subscriptions.getOfApp(copiedApp, 'globex');
    const messages = await copy.api<Thing[]>('/apps/acme/messages');
    const assertAgree = async (states: DeliveryState[], attempts: number) => {
      await copy.assertDeliveriesAgree(
        copiedApp.id,
        states.map((state, index) => [state, messages.at(-1 - index) ?? assert.fail(state)]),
      );
      assert.equal((await copy.assertAttemptsAgree(copied)).length, attempts);
    };
    await assertAgree(['held', 'failed', 'held'], 2);

    status = 200;
    const path = '/apps/acme/subscriptions/globex/endpoints/unwell';
    await copy.api(path, { method: 'PATCH', body: '{"status":"active"}' });
    await copy.api(`${path}/replay`, { method: 'POST' });
    await eventually('replayed', async () => {
      const lines = await copy.api<Thing[]>('/export?include=delivery');
      return lines.every(({ state = 'delivered' }) => state === 'delivered');
    });
    await assertAgree(['delivered', 'delivered', 'delivered'], 5);
  });

  it('is counted by the metrics as it was sent, and its messages as by the API, what was imported left out', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const total = (name: string, labels = '.*') =>
      [...text.matchAll(new RegExp(`^${name}\\{${labels}\\} (\\d+)$`, 'gm'))].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
    const { usage } = await original.api<{ usage: { messages_this_month: number } }>('/account');
    assert.equal(total('hostedhooks_messages_total', '.*verdict="accepted".*'), usage.messages_this_month);
    const sent = receiver.requests.length;
    assert.equal(total('hostedhooks_attempts_total'), sent);
    assert.equal(total('hostedhooks_attempt_duration_seconds_count'), sent);
  });
});
