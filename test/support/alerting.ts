import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { createJumpingClock } from './jumping-clock.ts';
import { addMember, allMails } from './mails.ts';
import { startTestServer } from './server.ts';
import { createSubscribedApp, type SubscribedApp } from './subscribed-app.ts';

/** Hours after which an alert is mailed: others could follow for a minute. */
export const A_MINUTE = 61 / 3600;

/** A server whose alerts are mailed when the test says so, and a writer of outcomes that raise them. */
export async function startAlerting() {
  const clock = createJumpingClock();
  const server = await startTestServer({ runs: 'web', clock });
  return {
    clock,
    server,
    outcomeWriter: new OutcomeWriter(server.container),
    /** An app with an admin, when all mails before are forgotten. */
    async newApp(): Promise<SubscribedApp> {
      await server.container.pool.query('delete from mails');
      const subscribed = await createSubscribedApp(server, { url: 'https://globex.example/hook' });
      await addMember(server, subscribed.app.accountId);
      return subscribed;
    },
    /** All mails when so much time has gone by, from the oldest on. */
    async mailsAfter(hours: number) {
      clock.jump(hours);
      await server.container.endpointAlerts.mail();
      return (await allMails(server)).reverse();
    },
  };
}
