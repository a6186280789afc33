import type { TestServer } from '#test/support/server.ts';
import type { Seeded } from './seed.ts';

/** The story of a message that failed, and what an evidence link shows of it to who is not signed in. */
export async function seedEvidence(
  { container }: TestServer,
  { accountId }: Pick<Seeded, 'accountId'>,
): Promise<{ story: string; evidence: string }> {
  const { rows } = await container.pool.query<{ appId: string; messageId: string; endpointId: string }>(
    `select app_id as "appId", message_id as "messageId", endpoint_id as "endpointId" from attempts
     where account_id = $1 and not succeeded and trigger is null order by id limit 1`,
    [accountId],
  );
  const [failed] = rows;
  if (failed === undefined) throw new Error('No attempt failed');
  const { appId, messageId, endpointId } = failed;
  const message = await container.messages.get(await container.apps.get(accountId, appId), messageId);
  const { url } = await container.evidenceLinks.make(message, {
    endpointId,
    expiresInSeconds: 86_400,
    showsPayload: true,
  });
  return {
    story: `/apps/${appId}/messages/${messageId}/deliveries/${endpointId}`,
    evidence: new URL(url).pathname,
  };
}
