import assert from 'node:assert/strict';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { shownStateOf, STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Thing } from './api.ts';
import { type Visitor, visitorOf } from './pages.ts';
import type { TestServer } from './server.ts';

interface ApiRequest {
  method?: string;
  body?: string;
  /** Of the body. */
  type?: string;
}

/** Who looks at one account in all its places: by the API, in the pages and in the portal. */
export class Onlooker {
  readonly #server: TestServer;
  readonly #visitor: Visitor;

  constructor(server: TestServer, visitor: Visitor) {
    this.#server = server;
    this.#visitor = visitor;
  }

  /** What the API answers; of an export its lines. */
  async api<T>(path: string, request: ApiRequest = {}): Promise<T> {
    const text = await this.apiText(path, request);
    return (path.startsWith('/export') ? text.trim().split('\n').map(parse) : parse(text)) as T;
  }

  async apiText(path: string, request: ApiRequest = {}): Promise<string> {
    const key = this.#server.container.apiKeys.keyForResource(this.#visitor.resourceId);
    const { type = 'application/json', ...rest } = request;
    const headers = { authorization: `Bearer ${key}`, 'content-type': type };
    const response = await fetch(`${this.#server.url}/api/v1${path}`, { headers, ...rest });
    assert.ok(response.ok, path);
    return response.text();
  }

  /** What a page says. */
  async page(path: string): Promise<string> {
    return words(await this.#visitor.get(path));
  }

  /** The first page of a subscription's portal. */
  async portal(subscription: Subscription): Promise<{ status: number; text: string }> {
    const { url } = this.#server.container.portalLinks.make(subscription, { expiresInSeconds: 600 });
    const opened = await visitorOf(this.#server.url).get(url.replace(this.#server.url, ''));
    const cookie = (opened.headers.getSetCookie()[0] ?? '').split(';')[0];
    return visitorOf(this.#server.url, cookie).get(opened.location);
  }

  /** Asserts that all places show these deliveries alike, each of a message to one endpoint, by their states. */
  async assertDeliveriesAgree(appId: string, deliveries: [DeliveryState, { id: string }][]): Promise<void> {
    const exported = await this.api<Thing[]>('/export?include=delivery');
    for (const [state, { id }] of deliveries) {
      const [delivery] = await this.api<Thing[]>(`/apps/${appId}/messages/${id}/deliveries`);
      assert.ok(delivery);
      const [explained] = await this.api<Thing[]>(`/apps/${appId}/messages/${id}/explain`);
      const line = exported.find((one) => one['message_id'] === id);
      const { attempts_made, next_attempt_at, reason } = delivery;
      assert.equal(delivery['state'], state);
      assert.deepEqual(explained?.['delivery'], { state, reason, attempts_made, next_attempt_at }, state);
      assert.deepEqual(
        [line?.['state'], line?.['reason'], line?.['attempts_made'], line?.next_attempt_at],
        [state, reason, attempts_made, next_attempt_at],
      );
      const page = await this.page(`/apps/${appId}/messages/${id}`);
      const shown = shownStateOf({
        state,
        attemptsMade: Number(attempts_made),
        nextAttemptAt: next_attempt_at ? new Date(next_attempt_at) : null,
      });
      assert.match(
        page,
        new RegExp(
          `${STATE_LABELS[shown].label} (The (endpoint (is off|was off|was deleted)|filter of the endpoint does not let it pass)\\. )?(\\S+ [\\w.]+:\\d+|deleted)`,
        ),
        state,
      );
      const message = await this.api<Thing>(`/apps/${appId}/messages/${id}`);
      assert.equal(message['deliveries_count'], reason === 'filtered' ? 0 : 1);
    }
    await this.#assertListsCountDeliveries(appId);
  }

  /**
   * Asserts that lists of messages, and each message's page, count as many endpoints as the API lists deliveries, and
   * that the file of messages has both that count and the API's `deliveries_count`.
   */
  async #assertListsCountDeliveries(appId: string): Promise<void> {
    const messages = await this.api<Thing[]>(`/apps/${appId}/messages?per_page=25`);
    const expected = new Map<string, number>();
    for (const { id } of messages) {
      const deliveries = await this.api<Thing[]>(`/apps/${appId}/messages/${id}/deliveries`);
      expected.set(id, deliveries.length);
    }
    const { text: file } = await this.#visitor.get(`/apps/${appId}/log_exports/messages?format=ndjson`);
    const lines = file.trim().split('\n').map(parse) as Thing[];
    for (const { id, deliveries_count } of messages) {
      const line = lines.find((one) => one.id === id);
      assert.equal(line?.['deliveries_count'], deliveries_count, id);
      assert.equal(line?.['endpoints_count'], expected.get(id), id);
    }
    for (const path of [`/apps/${appId}/messages`, `/apps/${appId}`]) {
      const counts = endpointCounts((await this.#visitor.get(path)).text);
      assert.ok(counts.length > 0, path);
      for (const [id, count] of counts) assert.equal(count, expected.get(id), `${path}, ${id}`);
    }
    for (const [id, count] of expected) {
      const { text } = await this.#visitor.get(`/apps/${appId}/messages/${id}`);
      const [, table = ''] = /aria-label="Deliveries">([^]*?)<\/table>/.exec(text) ?? [];
      assert.equal(Math.max(0, table.split('<tr>').length - 2), count, id);
    }
  }

  /** Asserts that all places show the attempts of an account alike, all of one subscription, and returns them. */
  async assertAttemptsAgree(subscription: Subscription): Promise<Thing[]> {
    const { appId } = subscription;
    const attempts = await this.api<Thing[]>(`/apps/${appId}/webhook_attempts?per_page=100`);
    const exported = await this.api<Thing[]>('/export?include=attempt');
    assert.equal(exported.filter(({ type }) => type === 'attempt').length, attempts.length);
    for (const attempt of attempts) {
      const line = exported.find(({ id }) => id === attempt.id);
      const alone = await this.api<Thing>(`/apps/${appId}/webhook_attempts/${attempt.id}`);
      for (const member of ATTEMPT_MEMBERS) {
        assert.equal(line?.[member], attempt[member], member);
        assert.equal(alone[member], attempt[member], member);
      }
      if (isNewest(attempt, attempts)) await this.#assertDeliveryIsAsItSays(attempt);
      const page = await this.page(`/apps/${appId}/webhook_attempts/${attempt.id}`);
      assert.match(page, new RegExp(`user\\.created\\s+${labelOf(attempt)}`));
    }
    const portal = tables(await this.portal(subscription));
    const lists = [
      await this.#visitor.get('/logs'),
      await this.#visitor.get(`/apps/${appId}/webhook_attempts`),
    ].map(tables);
    const endpoints = await this.api<Thing[]>(`/apps/${appId}/endpoints`);
    const ofEndpoints = attempts.filter((one) => endpoints.some(({ id }) => id === one['endpoint_id']));
    for (const label of Object.values(LABELS)) {
      const counted = (text: string) => text.split(` ${label} `).length - 1;
      const expected = (some: Thing[]) => some.filter((one) => labelOf(one) === label).length;
      assert.deepEqual(lists.map(counted), [expected(attempts), expected(attempts)], label);
      assert.equal(counted(portal), expected(ofEndpoints), `${label}, of the endpoints that are there`);
    }
    return attempts;
  }

  async #assertDeliveryIsAsItSays(attempt: Thing): Promise<void> {
    const path = `/apps/${String(attempt['app_id'])}/messages/${String(attempt['message_id'])}/deliveries`;
    const [delivery] = await this.api<Thing[]>(path);
    const isScheduled = delivery?.['state'] === 'scheduled';
    assert.equal(attempt['retry_status'] === 'scheduled', isScheduled, String(delivery?.['state']));
    if (isScheduled) assert.equal(attempt.next_attempt_at, delivery.next_attempt_at);
  }
}

const ATTEMPT_MEMBERS = [
  'retry_status',
  'next_attempt_at',
  'status_message',
  'attempt_number',
  'trigger',
] as const;

const LABELS = { succeeded: 'Succeeded', failed: 'Failed' };

const labelOf = (attempt: Thing): string =>
  attempt['status_message'] === 'success' ? LABELS.succeeded : LABELS.failed;

/** Whether no attempt of its delivery came later, of all that are listed newest first. */
const isNewest = (attempt: Thing, attempts: Thing[]) =>
  attempts.find((one) => deliveryOf(one) === deliveryOf(attempt)) === attempt;

const deliveryOf = (attempt: Thing) => `${String(attempt['message_id'])}${String(attempt['endpoint_id'])}`;

/** The ids of the messages that a page lists, each with the number in its column of endpoints. */
const endpointCounts = (html: string) =>
  [...html.matchAll(/\/messages\/([0-9a-f-]{36})"[^]*?data-label="Endpoints">(\d+)</g)].map(
    ([, id = '', count]) => [id, Number(count)] as const,
  );

const parse = (text: string) => JSON.parse(text) as unknown;

/** What the tables of a page say. */
const tables = ({ status, text }: { status: number; text: string }) =>
  words({ status, text: (text.match(/<table[^]*?<\/table>/g) ?? []).join(' ') });

/** What a page says, without its markup. */
export function words({ status, text }: { status: number; text: string }): string {
  assert.equal(status, 200);
  const plain = text.replaceAll(/<(script|style|title)[^]*?<\/\1>/g, ' ').replaceAll(/<[^>]*>/g, ' ');
  return `${plain.replaceAll(/\s+/g, ' ')} `;
}
