import type { Container } from '#src/container.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { limitHeavyReads } from '#src/surfaces/api/heavy-reads.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import {
  presentReplay,
  presentSingleReplay,
  replayShape,
  singleReplayShape,
} from '#src/surfaces/api/presenters/replay.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newReplay, singleReplay } from '#src/surfaces/api/schemas/replays.ts';
import { USED_UP } from '#src/surfaces/api/with-rate-headers.ts';

type Parts = Pick<Container, 'attempts' | 'endpoints' | 'replays'>;

export function replayRoutes(routes: RouteTable, container: Parts, find: Find): void {
  const { replays } = container;
  const path = '/endpoints/:endpoint';

  routes.ofSubscription(`${path}/replay`, {
    post: operation({
      id: 'startReplay',
      right: 'replay',
      summary: 'Replay what an endpoint missed',
      description: 'In the background, from the oldest on; what was delivered meanwhile is not sent twice.',
      body: json(newReplay),
      answers: { 202: replayShape },
      errors: { 409: 'The endpoint is off, or is being replayed already.' },
      handle: async (call, { body: filter }) => {
        const endpoint = await find.endpointOfSubscription(call);
        const replay = await limitHeavyReads(call, () => replays.start(endpoint, filter));
        return { ...ok(presentReplay(replay)), status: 202 };
      },
    }),
  });

  routes.ofSubscription(
    `${path}/replays/:replay`,
    oneReplay(container, {
      ids: { get: 'getReplay', cancel: 'cancelReplay' },
      what: 'a replay',
      find: async (call) => ({ endpoint: await find.endpointOfSubscription(call), id: call.id('replay') }),
    }),
  );

  replayOfAttempt(routes, container, find);
}

/** To see and to stop the replay of what an endpoint missed, whosever endpoint it is. */
export function oneReplay(
  { replays }: Pick<Container, 'replays'>,
  {
    ids,
    what,
    find,
  }: {
    ids: { get: string; cancel: string };
    /** For the summaries, which are the names of headings and so are of one operation each. */
    what: string;
    find: (call: Call) => Promise<{ endpoint: Endpoint; id: string }>;
  },
) {
  return {
    get: operation({
      id: ids.get,
      right: 'see',
      summary: `See how far ${what} is`,
      answers: { 200: replayShape },
      handle: async (call) => {
        const { endpoint, id } = await find(call);
        return ok(presentReplay(await replays.get(endpoint, id)));
      },
    }),
    delete: operation({
      id: ids.cancel,
      right: 'replay',
      summary: `Stop ${what}`,
      answers: { 200: replayShape },
      handle: async (call) => {
        const { endpoint, id } = await find(call);
        return ok(presentReplay(await replays.cancel(endpoint, id)));
      },
    }),
  };
}

function replayOfAttempt(
  routes: RouteTable,
  { attempts, endpoints, replays }: Pick<Container, 'attempts' | 'endpoints' | 'replays'>,
  find: Find,
): void {
  routes.at('/apps/:app/webhook_attempts/:attempt/replay', {
    post: operation({
      id: 'replayAttempt',
      right: 'replay',
      summary: 'Send one delivery again',
      body: json(singleReplay),
      answers: { 202: singleReplayShape },
      errors: {
        402: USED_UP,
        409: 'The endpoint is off, an attempt is under way, or it was delivered (see `force`).',
      },
      handle: async (call, { body: { force: isForced } }) => {
        const app = await find.app(call);
        const { accountId, appId, messageId, endpointId } = await attempts.get(app, call.id('attempt'));
        const endpoint = await endpoints.getOfApp(app, endpointId);
        const key = { accountId, appId, messageId, endpointId };
        const dueAt = await replays.replayOne(endpoint, key, { isForced });
        return { ...ok(presentSingleReplay({ messageId, endpointId, dueAt })), status: 202 };
      },
    }),
  });
}
