import type { Container } from '../../container.ts';
import { ok } from '../answer.ts';
import type { Find } from '../find.ts';
import { presentReplay } from '../presenters/replay.ts';
import type { Routes } from '../routes.ts';
import { newReplay, singleReplay } from '../schemas/replays.ts';

export function replayRoutes(routes: Routes, { attempts, endpoints, replays }: Container, find: Find): void {
  const path = '/subscriptions/:subscription/endpoints/:endpoint';

  routes.at(`${path}/replay`, {
    post: async (call) => {
      const filter = await call.input(newReplay);
      const replay = await replays.start(await find.endpointOfSubscription(call), filter);
      return { ...ok(presentReplay(replay)), status: 202 };
    },
  });

  routes.at(`${path}/replays/:replay`, {
    get: async (call) =>
      ok(presentReplay(await replays.get(await find.endpointOfSubscription(call), call.id('replay')))),
    delete: async (call) =>
      ok(presentReplay(await replays.cancel(await find.endpointOfSubscription(call), call.id('replay')))),
  });

  routes.at('/apps/:app/webhook_attempts/:attempt/replay', {
    post: async (call) => {
      const { force: isForced } = await call.input(singleReplay);
      const app = await find.app(call);
      const { accountId, appId, messageId, endpointId } = await attempts.get(app, call.id('attempt'));
      const endpoint = await endpoints.getOfApp(app, endpointId);
      const key = { accountId, appId, messageId, endpointId };
      const dueAt = await replays.replayOne(endpoint, key, { isForced });
      return {
        ...ok({ message_id: messageId, endpoint_id: endpointId, state: 'scheduled', next_attempt_at: dueAt }),
        status: 202,
      };
    },
  });
}
