import { z } from 'zod';
import type { Container } from '../../container.ts';
import { ok } from '../answer.ts';
import { createAttemptPages } from '../attempt-pages.ts';
import type { Find } from '../find.ts';
import { presentStats } from '../presenters/stats.ts';
import type { Routes } from '../routes.ts';
import { eventType } from '../schemas/fields.ts';

const newTest = z.object({ event_type: eventType });

/** How an endpoint does: by trying it, and by what happened there lately. */
export function endpointCheckRoutes(routes: Routes, container: Container, find: Find): void {
  const { apps, deliveryCounts, messages, testSender, webhookEvents } = container;
  const { presentOne } = createAttemptPages(container);
  const path = '/subscriptions/:subscription/endpoints/:endpoint';

  routes.at(`${path}/test`, {
    post: async (call) => {
      const { event_type: type } = await call.input(newTest);
      const { accountId, appId, id: endpointId } = await find.endpointOfSubscription(call);
      const event = await webhookEvents.getByType({ accountId, id: appId }, type);
      const dataText = event.samplePayloadText;
      const attempt = await testSender.send({ accountId, appId, endpointId, eventType: type, dataText });
      return presentOne(await apps.get(accountId, appId), attempt);
    },
  });

  routes.at(`${path}/stats`, {
    get: async (call) => {
      const { accountId, id: endpointId } = await find.endpointOfSubscription(call);
      const [hours, missed] = await Promise.all([
        deliveryCounts.byHour({ accountId, endpointId }),
        messages.missedBy({ accountId, endpointId }),
      ]);
      return ok(presentStats(hours, missed));
    },
  });
}
