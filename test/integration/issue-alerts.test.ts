import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { adviceTo } from '#src/domain/issues/advice.ts';
import type { Cause } from '#src/domain/issues/causes.ts';
import type { IssueStatus } from '#src/domain/issues/issue.ts';
import type { MailKind } from '#src/domain/mail/mail-kinds.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { ChannelNews } from '#src/infra/queue/jobs.ts';
import { A_MINUTE, startAlerting } from '#test/support/alerting.ts';
import { ADMIN } from '#test/support/mails.ts';
import { messageFor, outcomeOf, workFor } from '#test/support/outcomes.ts';
import type { SubscribedApp } from '#test/support/subscribed-app.ts';

const { clock, server, outcomeWriter, newApp, mailsAfter } = await startAlerting();
let subscribed: SubscribedApp;

after(() => server[Symbol.asyncDispose]());
beforeEach(async () => {
  subscribed = await newApp();
});

/** Of a message that is given up; with `warns`, the endpoint fails. */
const giveUp = ({ warns = false, atMs = Date.now(), statusCode = 500 } = {}) =>
  outcomeWriter.write(
    outcomeOf(workFor(subscribed, messageFor(subscribed, { id: uuidv7(atMs) })), {
      state: 'failed',
      warns,
      attempt: { id: uuidv7(atMs), succeeded: false, statusCode },
    }),
  );
const failTransformation = () =>
  outcomeWriter.write({
    ...outcomeOf(workFor(subscribed), { state: 'ignored', reason: 'transformation_failed' }),
    attempt: null,
  });
const succeed = (inMinutes: number) =>
  outcomeWriter.write(
    outcomeOf(workFor(subscribed), {
      recovers: true,
      attempt: { id: uuidv7(clock.now() + inMinutes * 60_000) },
    }),
  );
async function setIssue(cause: Cause, status: IssueStatus) {
  const { issues } = server.container;
  const [issue] = await issues.list(subscribed.app, { cause }, { limit: 1, offset: 0 });
  await issues.setStatus(subscribed.app, issue!.id, status);
}

async function channelNews() {
  const { rows } = await server.container.pool.query<{ data: { news: ChannelNews } }>(
    `select data from pgboss.job where name = 'channel' and data ->> 'accountId' = $1 order by created_on`,
    [subscribed.app.accountId],
  );
  return rows.map(({ data }) => data.news);
}

describe('an issue', () => {
  const KIM = 'kim@globex.example';

  beforeEach(async () => {
    const { channels, subscriptions } = server.container;
    const kinds: MailKind[] = ['endpoint_warned', 'issue_opened', 'issue_resolved'];
    await channels.create(subscribed.app, {
      name: 'ops',
      format: 'slack',
      kinds,
      url: 'https://chat.example/',
    });
    subscribed.subscription = await subscriptions.update(subscribed.subscription, { email: KIM });
  });

  test('is told with its advice, not as one among successes, and when it is over', async () => {
    await giveUp();
    const [mail, toKim, ...others] = await mailsAfter(A_MINUTE);
    assert.deepEqual(
      [mail?.recipient, mail?.subject, toKim?.recipient, toKim?.subject, others],
      [
        ADMIN,
        'An endpoint of Globex has an open issue',
        KIM,
        'Webhooks from Acme: your endpoint does not take all of them',
        [],
      ],
    );
    const page = `${server.url}/apps/${subscribed.app.id}/issues?endpoint=${subscribed.endpoint.id}`;
    for (const part of [mail!.text, mail!.html]) {
      assert.ok(part.includes(adviceTo('provider', 'server_error')));
      assert.ok(part.includes(page));
      assert.ok(part.includes(mail!.preferencesUrl!));
      assert.doesNotMatch(part, /Failing since/);
      assert.match(part.replaceAll(/\s+/g, ' '), /themselves\. The endpoint is on and not failing\./);
    }
    for (const part of [toKim!.text, toKim!.html]) {
      const words = part.replaceAll(/\s+/g, ' ');
      assert.match(words, /by itself\. The endpoint is on and not failing, and what you miss is kept\./);
      assert.match(words, /lets you test the receiver and get what it missed\./);
    }
    assert.ok(toKim!.text.includes(adviceTo('subscriber', 'server_error')));

    await succeed(11).then(() => mailsAfter(0));
    const resolved = (await mailsAfter(A_MINUTE)).slice(2);
    assert.deepEqual(
      resolved.map(({ recipient, subject }) => [recipient, subject]),
      [
        [ADMIN, 'The issue of an endpoint of Globex is resolved'],
        [KIM, 'Webhooks from Acme: your endpoint takes all of them again'],
      ],
    );
    assert.match(resolved[1]!.text.replaceAll(/\s+/g, ' '), /the failure of which we wrote is over\./);
    const [opened, ended, ...rest] = await channelNews();
    assert.deepEqual(
      [opened?.kind, opened?.url, ended?.kind, rest],
      ['issue_opened', page, 'issue_resolved', []],
    );
    assert.equal(opened?.endpoints[0]?.advice, adviceTo('provider', 'server_error'));

    // It comes back within the hour.
    await giveUp();
    assert.equal((await mailsAfter(0.1)).length, 4);
    assert.equal((await mailsAfter(1)).length, 6);
  });

  test('of an endpoint that fails is left to the mail that says so', async () => {
    await giveUp({ warns: true });
    await failTransformation();
    const mails = await mailsAfter(A_MINUTE);
    assert.deepEqual(mails.map(({ template }) => template).sort(), ['endpoint-failing', 'subscriber-alert']);
    assert.deepEqual(
      (await channelNews()).map(({ kind }) => kind),
      ['endpoint_warned'],
    );
  });

  test('that is acknowledged is told no more, and one of a transformation is none of the subscriber’s', async () => {
    await giveUp();
    await setIssue('server_error', 'acknowledged');
    assert.deepEqual(await mailsAfter(A_MINUTE), []);
    await failTransformation();
    const mails = await mailsAfter(A_MINUTE);
    assert.deepEqual(
      mails.map(({ recipient, template }) => [recipient, template]),
      [[ADMIN, 'issue-opened']],
    );
  });

  test('of which the team alone was told keeps no subscriber waiting for word of another, or of its end', async () => {
    const readers = async (hours: number) => (await mailsAfter(hours)).map(({ recipient }) => recipient);
    await failTransformation();
    assert.deepEqual(await readers(A_MINUTE), [ADMIN]);
    await giveUp();
    assert.deepEqual(await readers(A_MINUTE), [ADMIN, KIM], 'the team knows of one for an hour');
    await succeed(11).then(() => mailsAfter(0));
    assert.deepEqual((await readers(A_MINUTE)).slice(2), [ADMIN, KIM]);
    assert.equal((await readers(1.1)).length, 4, 'each is told once');
  });

  test('that a person resolved is over for the subscriber, too, with the next success alone', async () => {
    await giveUp();
    await mailsAfter(A_MINUTE);
    await setIssue('server_error', 'resolved');
    await mailsAfter(0);
    assert.equal((await mailsAfter(A_MINUTE)).length, 2);
    await succeed(0);
    await mailsAfter(0);
    const mails = await mailsAfter(A_MINUTE);
    assert.deepEqual(
      mails.slice(2).map(({ recipient, template }) => [recipient, template]),
      [
        [ADMIN, 'issue-resolved'],
        [KIM, 'subscriber-alert'],
      ],
    );
  });

  test('that a person resolved long ago keeps no subscriber waiting for the end of later trouble', async () => {
    const toKim = async () => (await mailsAfter(A_MINUTE)).findLast((one) => one.recipient === KIM)?.subject;
    await giveUp();
    await setIssue('server_error', 'resolved');
    await succeed(0);
    await mailsAfter(1.1);
    await failTransformation();
    await giveUp({ warns: true, atMs: clock.now(), statusCode: 404 });
    await mailsAfter(A_MINUTE);
    await succeed(0).then(() => mailsAfter(0));
    assert.equal(await toKim(), 'Webhooks from Acme: your endpoint is well again');
    await giveUp({ atMs: clock.now() });
    for (const hours of [1.1, 0]) await mailsAfter(hours);
    assert.equal(await toKim(), 'Webhooks from Acme: your endpoint does not take all of them', 'it is back');
  });

  test('after word that its endpoint was turned off ends with word that this is well again, alone', async () => {
    await outcomeWriter.write(
      outcomeOf(workFor(subscribed), {
        state: 'failed',
        turnsOff: 'attempts_exhausted',
        attempt: { succeeded: false },
      }),
    );
    await mailsAfter(A_MINUTE);
    await server.container.endpoints.update(await subscribed.endpointNow(), { status: 'active' });
    await failTransformation();
    await mailsAfter(A_MINUTE);
    await succeed(11).then(() => mailsAfter(0));
    const mails = await mailsAfter(A_MINUTE);
    assert.deepEqual(
      mails.filter(({ recipient }) => recipient === ADMIN).map(({ template }) => template),
      ['endpoint-disabled', 'issue-opened', 'endpoint-recovered'],
    );
  });

  test('beside another is told with its own advice, whichever was seen last', async () => {
    const advised = async () => {
      const mails = await mailsAfter(A_MINUTE);
      const news = await channelNews();
      return { mails: mails.map(({ text }) => text), post: news.at(-1)?.endpoints[0]?.advice };
    };
    const [ofServer, ofCode] = (['server_error', 'transformation_failed'] as const).map((cause) =>
      adviceTo('provider', cause),
    );
    await giveUp({ atMs: clock.now() });
    await failTransformation();
    const both = await advised();
    assert.ok(both.mails[0]?.includes(ofCode!));
    assert.equal(both.post, ofCode);
    assert.ok(
      both.mails[1]?.includes(adviceTo('subscriber', 'server_error')),
      'what is not theirs is left out',
    );

    await setIssue('server_error', 'acknowledged');
    await setIssue('transformation_failed', 'resolved');
    await failTransformation();
    await giveUp({ atMs: clock.now() + 1000 });
    clock.jump(1);
    const { mails, post } = await advised();
    assert.equal(mails.length, 3, 'the acknowledged one is none of theirs any more');
    assert.ok(mails[2]?.includes(ofCode!) && !mails[2].includes(ofServer!));
    assert.equal(post, ofCode);
  });

  test('that comes back before its end is told leaves nobody with the word that it is open', async () => {
    await giveUp();
    assert.equal((await mailsAfter(A_MINUTE)).length, 2);
    await succeed(11).then(() => mailsAfter(0));
    await failTransformation();
    assert.deepEqual(
      (await mailsAfter(A_MINUTE)).slice(2).map(({ recipient }) => recipient),
      [KIM],
      'for the team its end holds no more, and of the other they hear in an hour',
    );
    await succeed(30);
    await mailsAfter(0);
    const mails = await mailsAfter(0.1);
    assert.deepEqual(
      mails.slice(3).map(({ template }) => template),
      ['issue-resolved'],
    );
    assert.equal((await mailsAfter(1)).length, 4, 'told once');
  });

  test('or an outage that does is told to be over as well in the end', async () => {
    // At the time of the failures, because one that succeeded later does not fail.
    const recover = () => outcomeWriter.write(outcomeOf(workFor(subscribed), { recovers: true }));
    for (const expected of [2, 2, 4]) {
      await giveUp({ warns: true });
      if (expected === 4) await recover();
      await mailsAfter(0);
      assert.equal((await mailsAfter(A_MINUTE)).length, expected);
      await recover();
      await mailsAfter(0);
    }
  });

  test('that opened in an outage and outlives it is told when the endpoint succeeds', async () => {
    await giveUp({ warns: true });
    assert.equal((await mailsAfter(A_MINUTE)).length, 2);
    await failTransformation();
    await succeed(0);
    await failTransformation();
    await succeed(0);
    const told = (await mailsAfter(A_MINUTE)).slice(2);
    assert.deepEqual(
      told.map(({ recipient, template }) => [recipient, template]),
      [[ADMIN, 'issue-opened']],
    );
    await succeed(0);
    assert.deepEqual(
      (await mailsAfter(1.1)).slice(3).map(({ recipient, subject }) => [recipient, subject]),
      [[KIM, 'Webhooks from Acme: your endpoint is well again']],
      'told once, and to the subscriber it is none',
    );
  });

  test('that is acknowledged before the hour is over does not tell again of one that they know', async () => {
    await giveUp();
    assert.equal((await mailsAfter(A_MINUTE)).length, 2);
    await failTransformation();
    await setIssue('transformation_failed', 'acknowledged');
    assert.equal((await mailsAfter(1.1)).length, 2);
  });

  test('of a transformation keeps no subscriber waiting for word that its endpoint is well again', async () => {
    const words = async () =>
      (await mailsAfter(0.1)).map(({ recipient, subject }) => [recipient === KIM ? 'Kim' : 'team', subject]);
    await giveUp({ warns: true });
    assert.equal((await mailsAfter(A_MINUTE)).length, 2);
    await failTransformation();
    await succeed(0);
    await mailsAfter(0);
    const [, ofIssue, ofKim, ...others] = (await words()).slice(1);
    assert.deepEqual(others, []);
    assert.deepEqual([ofIssue, ofKim].sort(), [
      ['Kim', 'Webhooks from Acme: your endpoint is well again'],
      ['team', 'An endpoint of Globex has an open issue'],
    ]);
    await succeed(11).then(() => mailsAfter(0));
    assert.deepEqual((await words()).slice(4), [['team', 'An endpoint of Globex is well again']]);
    assert.equal((await mailsAfter(1.1)).length, 5, 'each is told once');
  });
});
