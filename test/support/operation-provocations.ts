import type { ServerResponse } from 'node:http';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { type ApiWorld, MEMBER } from './api-world.ts';
import { answer } from './behaviours.ts';
import { OF_EVIDENCE } from './evidence-provocations.ts';
import { OF_ISSUES } from './issue-provocations.ts';
import { NEW_ENDPOINT } from './new-endpoint.ts';
import { type Recipe, WITHOUT_ROOM } from './room-provocations.ts';
import { OF_TRANSFORMATIONS } from './transformation-provocations.ts';

/** Of the form that our ids have. */
const UNKNOWN_ID = '0193b3a4-8c00-7000-8000-000000000000';

const twice: Recipe = async ({ send }) => {
  await send();
  return send();
};

const withUidOf =
  (path: (world: ApiWorld) => string, own: object): Recipe =>
  async ({ world, send }) => {
    await world.make(path(world), { ...own, uid: 'taken' });
    return send({ body: { ...own, uid: 'taken' } });
  };
const uidOfApp = withUidOf(() => '/apps', { name: 'Other' });
const uidOfSubscription = withUidOf((world) => `/apps/${world.ids['app'] ?? ''}/subscriptions`, {
  name: 'Other',
});

const uidOfEndpoint: Recipe = async ({ world, send }) => {
  await world.make(`/subscriptions/${world.ids['subscription'] ?? ''}/endpoints`, {
    ...NEW_ENDPOINT,
    uid: 'taken',
  });
  return send({ body: { uid: 'taken' } });
};

/** What was the current key. */
const afterRotation: Recipe = async ({ world, send }) => {
  await world.make('/account/api_keys/rotate', {});
  return send();
};

const afterManyInvitations: Recipe = async ({ world, send }) => {
  await world.useUpInvitations();
  return send({ body: { email: 'new@acme.example' } });
};

export const overQuota: Recipe = async ({ world, send }) => {
  await world.useUpMessages();
  return send();
};

const eventId = (text: string) => ({ event_type: 'user.created', version: '1.0', data: 1, event_id: text });
const sameEventId: Recipe = async ({ send }) => {
  await send({ body: eventId('same') });
  return send({ body: eventId('same') });
};

const otherEventId: Recipe = async ({ send }) => {
  await send({ body: eventId('same') });
  return send({ body: { ...eventId('same'), data: 2 } });
};

const tooManyTests: Recipe = async ({ world, send }) => {
  const { receiver } = world;
  const held: ServerResponse[] = [];
  receiver.behave(({ response }) => void held.push(response));
  const tests = Array.from({ length: 6 }, () => send());
  // Refused either way: too many at once, and too many in a minute.
  await Promise.any(
    tests.map(async (sent) => {
      const answer = await sent;
      return answer.status === 429 ? answer : Promise.reject(new Error('not refused'));
    }),
  );
  receiver.behave(answer(200));
  for (const response of held) response.end();
  await Promise.all(tests);
  await world.useUpTestRate();
  return send();
};

/** How to get a status of one operation that no general way gets. Keyed by both. */
export const OF_OPERATIONS: Record<string, Recipe> = {
  ...WITHOUT_ROOM,
  ...OF_ISSUES,
  ...OF_TRANSFORMATIONS,
  ...OF_EVIDENCE,
  'getDescription 304': async ({ send }) => {
    const etag = (await send()).headers.get('etag') ?? '';
    return send({ headers: { 'if-none-match': etag } });
  },
  'createWebhookEndpoint 409': async ({ world, send }) => {
    for (let count = 0; count < FIXED_LIMITS.ownEndpoints.max; count += 1) {
      await world.make('/account/webhook_endpoints', { url: world.receiver.url }).catch(() => undefined);
    }
    return send();
  },
  'createApp 409': uidOfApp,
  'updateApp 409': uidOfApp,
  'putApp 409': uidOfApp,
  'putApp 201': ({ send }) => send({ parts: { app: 'new' } }),
  'putApp 404': ({ send }) => send({ parts: { app: UNKNOWN_ID } }),
  'createWebhookEvent 201': ({ send }) => send({ body: { event_type: 'user.deleted' } }),
  'createWebhookEvent 409': ({ send }) => send({ body: { event_type: 'user.created' } }),
  'updateWebhookEvent 409': async ({ world, send }) => {
    await world.make(`/apps/${world.ids['app'] ?? ''}/webhook_events`, { event_type: 'user.deleted' });
    return send({ body: { event_type: 'user.deleted' } });
  },
  'createSubscription 409': uidOfSubscription,
  'updateSubscription 409': uidOfSubscription,
  'putSubscription 409': uidOfSubscription,
  'putSubscription 200': twice,
  'updateEndpointInApp 409': uidOfEndpoint,
  'putSubscription 201': ({ send }) => send({ parts: { subscription: 'new' } }),
  'putEndpoint 201': ({ world, send }) =>
    send({ parts: { endpoint: 'new' }, body: { ...NEW_ENDPOINT, subscription: { uid: world.ids['uid'] } } }),
  'putEndpoint 409': ({ send }) => send({ body: { subscription: { uid: 'another', name: 'Another' } } }),
  'publishAsIs 200': async ({ send }) => {
    const query = '?event_type=user.created&version=1.0&event_id=same';
    await send({ query });
    return send({ query });
  },
  'publishAsIs 400': ({ send }) => send({ parts: { app: '%ff' } }),
  'publishAsIs 415': ({ send }) => send({ headers: { 'content-encoding': 'gzip' } }),
  'publishAsIs 422': ({ send }) => send({ query: '' }),
  'postMessage 409': otherEventId,
  'postMessage 200': sameEventId,
  'postMessageToSubscription 200': sameEventId,
  'postMessageToEndpoint 200': sameEventId,
  'postMessages 201': ({ send }) => send({ body: [eventId('first')] }),
  'postMessages 200': async ({ send }) => {
    await send({ body: [eventId('first')] });
    return send({ body: [eventId('first')] });
  },
  'importAccount 413': ({ send }) =>
    send({
      body: `{"type":"header","format":"hostedhooks-export","version":1}\n${'x'.repeat(9 * 1024 * 1024)}`,
    }),
  'importAccount 429': ({ world, send }) => world.whileImporting(() => send()),
  'exportAccount 429': ({ world, send }) => world.whileExporting(() => send()),
  'startReplay 409': async ({ world, send }) => {
    await world.turnEndpointOff();
    return send();
  },
  'startReplays 200': ({ send }) => send({ body: { dry_run: true } }),
  'startReplays 202': ({ send }) => send({ body: {} }),
  'startReplays 409': async ({ world, send }) => {
    await world.useUpReplays();
    return send({ body: {} });
  },
  'replayAttempt 402': async ({ world, send }) => {
    await world.useUpMessages();
    return send({ body: { force: true } });
  },
  'testEndpoint 402': overQuota,
  'replayAttempt 202': ({ send }) => send({ body: { force: true } }),
  'replayAttempt 409': ({ send }) => send({ body: {} }),
  'testEndpoint 429': tooManyTests,
  'testWebhookEndpoint 429': tooManyTests,
  'rotateApiKey 404': async ({ world, send }) => {
    await world.forgetResource();
    return send();
  },
  'rotateApiKey 429': async ({ send }) => {
    for (let made = 0; made < 30; made += 1) await send({ body: {} });
    return send({ body: {} });
  },
  'createTeamInvitation 201': ({ send }) => send({ body: { email: 'new@acme.example' } }),
  'createTeamInvitation 402': async ({ world, send }) => {
    await world.fillTeam();
    return send({ body: { email: 'new@acme.example' } });
  },
  'createTeamInvitation 409': async ({ world, send }) => {
    await world.addMember();
    return send({ body: { email: MEMBER.email } });
  },
  'createTeamInvitation 429': afterManyInvitations,
  'createInvitation 429': afterManyInvitations,
  'deleteTeamInvitation 204': async ({ world, send }) => {
    const { id } = await world.make('/account/invitations', { email: 'new@acme.example' });
    return send({ parts: { invitation: id } });
  },
  'confirmApiKey 409': afterRotation,
  'updateApiKey 200': async ({ world, send }) => {
    const { id } = await world.make('/account/api_keys', { name: 'Other' });
    return send({ parts: { key: id } });
  },
  'updateApiKey 409': ({ send }) => send(),
  'revokeApiKey 204': afterRotation,
  'revokeApiKey 409': ({ send }) => send(),
};
