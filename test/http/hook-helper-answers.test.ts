import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { TooManyRequests } from '#src/infra/lib/errors.ts';
import { DelayedAnswers } from '#src/surfaces/hook-helper-inbox/delayed-answers.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);

const LONGEST = 25;

async function helperThatAnswers(answer: object | null) {
  const { body: helper } = await api.post('/hook_helpers', {});
  const changed = await api.patch(`/hook_helpers/${helper.id}`, { answer });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const url = server.url + new URL(helper.url).pathname;
  const arrivals = async () => (await api.get(`/hook_helpers/${helper.id}/requests`)).rows;
  const send = (init: RequestInit = {}) => fetch(url, { method: 'POST', body: 'x', ...init });
  return { id: helper.id, send, arrivals, changed: changed.body };
}

describe('the answer of a Hook Helper', () => {
  test('is 200 at first, and what it was told from then on', async () => {
    const { send, arrivals, changed, id } = await helperThatAnswers({
      status: 503,
      headers: { 'Retry-After': '7', 'X-Tried': 'yes' },
      content_type: 'text/plain',
      body: 'busy ☂',
    });
    assert.deepEqual(changed['answer'], {
      ...{ status: 503, delay_seconds: 0, headers: { 'Retry-After': '7', 'X-Tried': 'yes' } },
      ...{ content_type: 'text/plain', body: 'busy ☂', fail_first: null },
    });
    const answer = await send();
    assert.equal(answer.status, 503);
    assert.equal(await answer.text(), 'busy ☂');
    const { headers } = answer;
    assert.deepEqual(
      ['retry-after', 'x-tried', 'content-type'].map((name) => headers.get(name)),
      ['7', 'yes', 'text/plain'],
    );
    assert.equal((await arrivals())[0]?.['answered_status'], 503);

    assert.equal((await api.patch(`/hook_helpers/${id}`, { answer: null })).body['answer'], null);
    const plain = await send();
    assert.deepEqual([plain.status, await plain.json()], [200, { ok: true }]);
  });

  test('has no body where HTTP has none', async () => {
    for (const status of [204, 304]) {
      const { send } = await helperThatAnswers({ status });
      const answer = await send();
      assert.deepEqual([answer.status, await answer.text()], [status, '']);
    }
    const { send } = await helperThatAnswers({ status: 500, body: 'long' });
    const head = await send({ method: 'HEAD', body: null });
    assert.deepEqual([head.status, head.headers.get('content-length')], [500, '4']);
  });

  test('may be for the first requests only; when it is set again, they are counted anew', async () => {
    const answer = { status: 500, fail_first: 2 };
    const { id, send } = await helperThatAnswers(answer);
    const statuses = async () => {
      const given: number[] = [];
      for (let n = 0; n < 3; n += 1) given.push((await send()).status);
      return given;
    };
    assert.deepEqual(await statuses(), [500, 500, 200]);
    assert.equal((await api.get(`/hook_helpers/${id}`)).body['failures_left'], 0);
    await api.patch(`/hook_helpers/${id}`, { answer });
    assert.deepEqual(await statuses(), [500, 500, 200]);
  });

  test('that is no text is downloaded, and nothing in it runs', async () => {
    const { send } = await helperThatAnswers({
      content_type: 'text/html',
      body: '<script>alert(1)</script>',
    });
    const { headers } = await send();
    assert.equal(headers.get('content-disposition'), 'attachment');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox$/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  test('sets no header on which a browser or a proxy acts', async () => {
    const names = [
      'Set-Cookie',
      'Location',
      'Refresh',
      'Link',
      'Content-Security-Policy',
      'WWW-Authenticate',
    ];
    const proxied = ['X-Accel-Redirect', 'X-Sendfile', 'X-Content-Type-Options', 'Clear-Site-Data', 'X a'];
    for (const name of [...names, ...proxied]) {
      const { status, body } = await api.post('/hook_helpers', { answer: { headers: { [name]: 'a' } } });
      assert.deepEqual([status, body.details[0]?.path], [422, 'answer.headers'], name);
    }
  });

  test('is refused where it is none', async () => {
    const wrong: [object, string][] = [
      [{ status: 101 }, 'answer.status'],
      [{ status: 600 }, 'answer.status'],
      [{ delay_seconds: LONGEST + 1 }, 'answer.delay_seconds'],
      [{ body: 'a\0' }, 'answer.body'],
      [{ body: '☂'.repeat(6000) }, 'answer.body'],
      [{ content_type: 'text/plain\r\nx: y' }, 'answer.content_type'],
      [{ headers: { 'X-A': 'a\r\nb: c' } }, 'answer.headers'],
      [{ headers: { 'X-A': 'a', 'x-a': 'b' } }, 'answer.headers'],
      [{ fail_first: 0 }, 'answer.fail_first'],
      [{ wait: 1 }, 'answer.wait'],
    ];
    for (const [answer, path] of wrong) {
      const { status, body } = await api.post('/hook_helpers', { answer });
      assert.deepEqual([status, body.details[0]?.path], [422, path], JSON.stringify(answer));
    }
  });
});

describe('a delayed answer', () => {
  test('waits, with its request kept; of a Hook Helper are 10 at once, and beyond it is 429', async () => {
    const { send, arrivals } = await helperThatAnswers({ delay_seconds: LONGEST });
    const leaving = new AbortController();
    const waiting = Array.from({ length: FIXED_LIMITS.delayedAnswersOfHelper.max }, () =>
      send({ signal: leaving.signal }).catch(() => null),
    );
    await eventually('all are kept', async () => (await arrivals()).length === waiting.length);
    const refused = await send();
    assert.equal(refused.status, 429);
    assert.equal(((await refused.json()) as { code: string }).code, 'too_many_requests');
    assert.ok(refused.headers.get('retry-after'));
    assert.equal((await arrivals()).length, waiting.length, 'what is refused is not kept');

    leaving.abort();
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set([null]));
    await eventually('those who left made room', async () => {
      const last = new AbortController();
      const answer = send({ signal: last.signal }).catch(() => null);
      const isKept = async () => (await arrivals()).length > waiting.length;
      const isRefused = answer.then((given) => given?.status === 429);
      const room = eventually('kept', isKept).then(() => true);
      const hasRoom = await Promise.race([room, isRefused.then((refusal) => !refusal)]);
      last.abort();
      return hasRoom;
    });
  });

  test('is given when its time has come', async () => {
    const { send } = await helperThatAnswers({ status: 418, delay_seconds: 0.05 });
    assert.equal((await send()).status, 418);
  });

  test('of an account are 50 at once, of all its Hook Helpers', () => {
    const delayed = new DelayedAnswers();
    const { max } = FIXED_LIMITS.delayedAnswersOfAccount;
    const places = Array.from({ length: max }, (_, n) =>
      delayed.take({ id: `helper ${String(n % 10)}`, accountId: 'a' }),
    );
    const another = () => delayed.take({ id: 'another', accountId: 'a' });
    assert.throws(another, ({ status }: TooManyRequests) => status === 429);
    delayed.take({ id: 'theirs', accountId: 'b' });
    places[0]?.();
    another();
    assert.throws(another, ({ status }: TooManyRequests) => status === 429);
  });
});
