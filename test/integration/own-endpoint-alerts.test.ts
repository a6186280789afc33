import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { ADMIN, addMember, allMails } from '#test/support/mails.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const A_MINUTE = 61 / 3600;

test('an endpoint of our own app that is turned off is told to the team of the account that hears there', async () => {
  const clock = createJumpingClock();
  await using server = await startTestServer({ runs: 'web', clock });
  const { endpointAlerts, ownEndpoints, pool } = server.container;
  const subscribed = await createSubscribedApp(server, { url: 'https://globex.example/hook' });
  const { accountId } = subscribed.app;
  await addMember(server, accountId);
  const endpoint = await ownEndpoints.create(accountId, { url: 'https://acme.example/own' });
  const own = { ...subscribed, app: await ownEndpoints.app(), endpoint };
  await new OutcomeWriter(server.container).write(
    outcomeOf(workFor(own), {
      state: 'failed',
      turnsOff: 'attempts_exhausted',
      attempt: { succeeded: false },
    }),
  );
  clock.jump(A_MINUTE);
  await endpointAlerts.mail();
  const [mail, ...others] = await allMails(server);
  assert.deepEqual(others, []);
  assert.equal(mail?.recipient, ADMIN);
  assert.equal(mail.subject, 'We turned off an endpoint of your account');
  assert.ok(mail.text.includes(`${server.url}/settings/webhooks/${endpoint.id}`));
  const { rows } = await pool.query('select from issues where endpoint_id = $1', [endpoint.id]);
  assert.deepEqual(rows, [], 'and has no issue, which nobody could see');
});
