import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import { EndpointAlerts } from '#src/domain/endpoints/endpoint-alerts.ts';
import type { ChannelNews } from '#src/infra/queue/jobs.ts';
import type { MailKind } from '#src/domain/mail/mail-kinds.ts';
import type { StoredMail } from '#src/domain/mail/mails.ts';
import { A_MINUTE, startAlerting } from '#test/support/alerting.ts';
import { ADMIN, allMails } from '#test/support/mails.ts';
import type { TestServer } from '#test/support/server.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import type { SubscribedApp } from '#test/support/subscribed-app.ts';

const { clock, server, outcomeWriter, newApp, mailsAfter } = await startAlerting();
let subscribed: SubscribedApp;

after(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  subscribed = await newApp();
});

/** Of the same subscriber. */
async function anotherEndpoint(url: string): Promise<SubscribedApp> {
  const { endpoints } = server.container;
  const endpoint = await endpoints.create(subscribed.subscription, { url, version: '1.0' });
  return { ...subscribed, endpoint };
}

// By the writer, because the URLs in the mails have no receiver, and a thousand endpoints fail in one test.
const fail = (of = subscribed) =>
  outcomeWriter.write(
    outcomeOf(workFor(of), { state: 'failed', warns: true, attempt: { succeeded: false } }),
  );
const turnOff = (of = subscribed, reason: 'gone' | 'attempts_exhausted' = 'attempts_exhausted') =>
  outcomeWriter.write(
    outcomeOf(workFor(of), { state: 'failed', turnsOff: reason, attempt: { succeeded: false } }),
  );

test('an endpoint that is turned off is told to the admins: which, whose, why, since when, and what is kept', async () => {
  await turnOff();
  assert.deepEqual(await mailsAfter(0), [], 'not before others could follow');
  const [mail, ...others] = await mailsAfter(A_MINUTE);
  assert.deepEqual(others, []);
  assert.deepEqual([mail?.recipient, mail?.template], [ADMIN, 'endpoint-disabled']);
  assert.equal(mail?.subject, 'We turned off an endpoint of Globex');
  const page = `${server.url}/apps/${subscribed.app.id}/endpoints/${subscribed.endpoint.id}`;
  const since = (await subscribed.endpointNow()).inactiveSince!.toISOString().slice(11, 16);
  const parts = ['globex.\u200bexample/hook', 'Globex', 'Acme', 'hosted-hooks-test-1', page, since];
  for (const kind of [mail.text, mail.html]) {
    for (const part of parts) {
      assert.ok(kind.includes(part), part);
    }
    // White space between the words of HTML is one space to whoever reads it.
    const words = kind.replaceAll(/\s+/g, ' ');
    assert.match(words, /a delivery failed at every attempt\. 1 delivery is kept for a replay\./);
  }
  assert.deepEqual((await mailsAfter(2)).length, 1, 'told once');
});

test('one that answered that it is gone, and one that only fails, are told as that', async () => {
  await fail();
  await turnOff(await anotherEndpoint('https://globex.example/gone'), 'gone');
  const mails = await mailsAfter(A_MINUTE);
  assert.deepEqual(mails.map(({ subject }) => subject).sort(), [
    'An endpoint of Globex is failing',
    'We turned off an endpoint of Globex',
  ]);
  const gone = mails.find(({ template }) => template === 'endpoint-disabled');
  assert.match(gone?.text ?? '', /globex\.\u200bexample\/gone[^]*It answered 410 Gone on/);
  const failing = mails.find(({ template }) => template === 'endpoint-failing');
  assert.match(failing?.text ?? '', /Failing since /);
});

test('a thousand that fail are one mail, and one more within five minutes says how many came since', async () => {
  const count = 1000;
  const { pool } = server.container;
  await pool.query(
    `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
     select gen_random_uuid(), account_id, app_id, subscription_id, 'https://globex.example/' || n, '1.0', ''
     from endpoints, generate_series(1, $2) n where id = $1`,
    [subscribed.endpoint.id, count + 5],
  );
  const { rows } = await pool.query<{ id: string }>(
    `select id from endpoints where account_id = $1 and id <> $2`,
    [subscribed.app.accountId, subscribed.endpoint.id],
  );
  const all = rows.map(({ id }) => ({ ...subscribed, endpoint: { ...subscribed.endpoint, id } as never }));
  await Promise.all(all.slice(0, count).map((one) => fail(one)));
  const [mail, ...others] = await mailsAfter(A_MINUTE);
  assert.deepEqual(others, []);
  assert.equal(mail?.subject, '1,000 endpoints are failing');
  assert.match(mail.text, /and 980 more\./);
  assert.match(mail.text, /^Apps: \S+\/apps\?addon=[\da-f-]{36}$/m);

  await Promise.all(all.slice(count).map((one) => fail(one)));
  // The second warning of one that is known to fail is none.
  await fail(all[0]);
  assert.equal((await mailsAfter(A_MINUTE)).length, 1, 'others could follow');
  const next = (await mailsAfter(229 / 3600)).slice(1);
  assert.deepEqual(
    next.map(({ subject }) => subject),
    ['5 endpoints are failing'],
  );
});

test('one that comes and goes is told once an hour, and keeps nobody waiting for word of another', async () => {
  const toldFailing = async (hours: number) =>
    (await mailsAfter(hours)).flatMap(({ template, text }) =>
      template === 'endpoint-failing' ? [/example\/(\w+)/.exec(text)?.[1]] : [],
    );
  for (let times = 0; times < 4; times += 1) {
    await fail();
    await mailsAfter(0.1);
    if (times < 3) await outcomeWriter.write({ ...outcomeOf(workFor(subscribed)), recovers: true });
  }
  await fail(await anotherEndpoint('https://globex.example/second'));
  assert.deepEqual(await toldFailing(290 / 3600), ['hook', 'second']);
  assert.deepEqual(await toldFailing(1), ['hook', 'second', 'hook'], 'it still fails');
});

test('endpoints that go off right after a mail are told within five minutes, in one mail', async () => {
  await turnOff();
  assert.equal((await mailsAfter(A_MINUTE)).length, 1);
  for (const path of ['a', 'b', 'c']) await turnOff(await anotherEndpoint(`https://globex.example/${path}`));
  assert.equal((await mailsAfter(A_MINUTE)).length, 1, 'others could follow');
  const [, second, ...others] = await mailsAfter(229 / 3600);
  assert.deepEqual([second?.subject, others], ['3 endpoints were turned off', []]);
});

test('an endpoint that succeeded since, was deleted or was turned off by a person is not told', async () => {
  const [recovered, deleted, off] = [
    subscribed,
    await anotherEndpoint('https://a.example/'),
    await anotherEndpoint('https://b.example/'),
  ];
  for (const one of [recovered, deleted, off]) await fail(one);
  await outcomeWriter.write({ ...outcomeOf(workFor(recovered)), recovers: true });
  const { endpoints } = server.container;
  await endpoints.delete(deleted.endpoint);
  await endpoints.update(off.endpoint, { status: 'inactive' });
  assert.deepEqual(await mailsAfter(A_MINUTE), []);

  // Nothing was said, so that the next one is not kept waiting.
  await turnOff(recovered);
  assert.equal((await mailsAfter(A_MINUTE)).length, 1);
});

test('two workers that poll at the same time write one mail', async () => {
  await turnOff();
  clock.jump(A_MINUTE);
  const { endpointAlerts } = server.container;
  await Promise.all([endpointAlerts.mail(), endpointAlerts.mail(), endpointAlerts.mail()]);
  assert.equal((await allMails(server)).length, 1);
});

test('a worker that read an account before it was told, and comes to it after, says nothing new so soon', async () => {
  await turnOff();
  clock.jump(A_MINUTE);
  const { pool, endpointAlerts } = server.container;
  const connect = async () => {
    await endpointAlerts.mail();
    await turnOff(await anotherEndpoint('https://globex.example/second'));
    return pool.connect();
  };
  const late = { query: pool.query.bind(pool), connect } as unknown as Pool;
  // The team and the subscriber, who has no address.
  assert.equal(await new EndpointAlerts({ ...server.container, pool: late }).mail(), 2);
  assert.equal((await allMails(server)).length, 1);
});

test('an account that another worker is just telling is passed over, and told by a later poll', async () => {
  await turnOff();
  await transaction(server.container.pool, async (client) => {
    await client.query('select from accounts where id = $1 for no key update', [subscribed.app.accountId]);
    assert.deepEqual(await mailsAfter(A_MINUTE), []);
  });
  assert.equal((await mailsAfter(0)).length, 1);
});

test('when an endpoint went off, when it is probed and since when that is to be told are times of our clock', async () => {
  await clock.jumpTo(clock.now() + 1000 * 3_600_000, server.container.pool);
  const from = clock.now();
  await turnOff();
  const to = clock.now();
  const { inactiveSince, nextProbeAt } = await subscribed.endpointNow();
  const { rows } = await server.container.pool.query<{ raisedAt: Date }>(
    'select raised_at as "raisedAt" from endpoint_alerts where endpoint_id = $1',
    [subscribed.endpoint.id],
  );
  const HOUR_MS = 3_600_000;
  const probe = nextProbeAt && new Date(nextProbeAt.getTime() - HOUR_MS);
  for (const time of [inactiveSince, probe, rows[0]?.raisedAt]) {
    assert.ok(time != null && time.getTime() >= from && time.getTime() <= to, String(time));
  }
});

describe('the people of a subscriber', () => {
  const KIM = 'Kim@globex.example';
  const toKim = (mails: StoredMail[]) => mails.filter(({ recipient }) => recipient === KIM.toLowerCase());
  let portalLinks: TestServer['container']['portalLinks'];
  let mailPreferences: TestServer['container']['mailPreferences'];

  before(() => {
    ({ portalLinks, mailPreferences } = server.container);
  });

  beforeEach(async () => {
    subscribed.subscription = await server.container.subscriptions.update(subscribed.subscription, {
      email: KIM,
    });
  });

  test('are told in the name of the provider, with a link to the repair that needs no sign-in', async () => {
    await turnOff();
    const [mail, ...others] = toKim(await mailsAfter(A_MINUTE));
    assert.deepEqual([mail?.subject, others], ['Webhooks from Acme: your endpoint was turned off', []]);
    for (const part of [mail!.text, mail!.html]) {
      assert.match(part.replaceAll(/\s+/g, ' '), /1 delivery is kept for a replay\./);
      const [, token = ''] = /\/portal\/([\w.-]+)/.exec(part) ?? [];
      const opened = await portalLinks.open(token);
      assert.equal(opened?.path, `endpoints/${subscribed.endpoint.id}/repair`);
      const visit = await portalLinks.admit(opened.session);
      assert.deepEqual(visit?.capabilities, ['view', 'endpoints', 'replay'], 'not the secrets');
      assert.equal(visit.subscription.id, subscribed.subscription.id);
      assert.doesNotMatch(part, /hosted-hooks-test/, 'the add-on is no concern of theirs');
    }
  });

  test('are told that it is well again, if they were told before, and the team is, too', async () => {
    const other = await anotherEndpoint('https://globex.example/brief');
    await turnOff();
    await mailsAfter(A_MINUTE);
    await fail(other);
    await outcomeWriter.write({ ...outcomeOf(workFor(other)), recovers: true });
    await server.container.endpoints.update(await subscribed.endpointNow(), { status: 'active' });
    await mailsAfter(0);
    assert.equal((await mailsAfter(A_MINUTE)).length, 2, 'not before it works');
    await outcomeWriter.write({ ...outcomeOf(workFor(subscribed)), recovers: true });
    await mailsAfter(0);
    const mails = (await mailsAfter(A_MINUTE)).slice(2);
    assert.deepEqual(
      mails.map(({ recipient, subject }) => [recipient, subject]),
      [
        [ADMIN, 'An endpoint of Globex is well again'],
        [KIM.toLowerCase(), 'Webhooks from Acme: your endpoint is well again'],
      ],
    );
    assert.deepEqual((await mailsAfter(1)).length, 4, 'told once');
  });

  test('and the team are told of a new signing secret, and not what it is', async () => {
    const { secret } = await server.container.endpointSecrets.rotate(subscribed.endpoint, {
      graceSeconds: 60,
    });
    const mails = await mailsAfter(A_MINUTE);
    assert.deepEqual(
      mails.map(({ subject }) => subject),
      [
        'The signing secret of an endpoint of Globex was rotated',
        'Webhooks from Acme: your endpoint has a new signing secret',
      ],
    );
    for (const { text, html } of mails) assert.ok(!(text + html).includes(secret));
  });

  test('and of the team get no mails of a kind that they turned off, each for itself', async () => {
    const { accountId } = subscribed.app;
    const kim = { accountId, subscriptionId: subscribed.subscription.id, email: KIM };
    await mailPreferences.choose(kim, ['endpoint_warned']);
    await mailPreferences.choose({ accountId, subscriptionId: null, email: ADMIN }, ['endpoint_disabled']);
    await fail();
    await turnOff(await anotherEndpoint('https://globex.example/gone'), 'gone');
    const mails = await mailsAfter(A_MINUTE);
    assert.deepEqual(mails.map(({ recipient, template }) => [recipient, template]).sort(), [
      [ADMIN, 'endpoint-disabled'],
      [KIM.toLowerCase(), 'subscriber-alert'],
    ]);
    const opened = await mailPreferences.open(/\/mails\/(\S+)/.exec(toKim(mails)[0]?.text ?? '')?.[1] ?? '');
    assert.deepEqual(opened?.reader, { ...kim, email: KIM.toLowerCase() });
  });
});

test('the channels of the app are told, too, in the transaction of the mail', async () => {
  const { channels, pool } = server.container;
  const kinds: MailKind[] = ['endpoint_disabled'];
  const url = 'https://chat.example/services/x';
  await channels.create(subscribed.app, { name: 'ops', format: 'slack', kinds, url });
  await fail();
  await turnOff(await anotherEndpoint('https://globex.example/off'));
  await mailsAfter(A_MINUTE);
  const { rows } = await pool.query<{ data: { news: ChannelNews } }>(
    `select data from pgboss.job where name = 'channel' and data ->> 'accountId' = $1`,
    [subscribed.app.accountId],
  );
  const [news, ...others] = rows.map(({ data }) => data.news);
  assert.deepEqual(others, []);
  assert.match(news!.url, /\/endpoints\/[\da-f-]{36}$/);
  assert.deepEqual(
    { ...news, url: null, atMs: null },
    {
      kind: 'endpoint_disabled',
      title: 'Acme: an endpoint was turned off',
      count: 1,
      endpoints: [{ url: 'https://globex.example/off', subscriber: 'Globex' }],
      url: null,
      atMs: null,
    },
  );
});

test('an endpoint of our own app that is turned off is told to the team of the account that hears there', async () => {
  const { ownEndpoints, pool } = server.container;
  const { accountId } = subscribed.app;
  const endpoint = await ownEndpoints.create(accountId, { url: 'https://acme.example/own' });
  const own = { ...subscribed, app: await ownEndpoints.app(), endpoint };
  await turnOff(own);
  const [mail, ...others] = await mailsAfter(A_MINUTE);
  assert.deepEqual(others, []);
  assert.equal(mail?.recipient, ADMIN);
  assert.equal(mail.subject, 'We turned off an endpoint of your account');
  assert.ok(mail.text.includes(`${server.url}/settings/webhooks/${endpoint.id}`));
  const { rows } = await pool.query('select from issues where endpoint_id = $1', [endpoint.id]);
  assert.deepEqual(rows, [], 'and has no issue, which nobody could see');
});
