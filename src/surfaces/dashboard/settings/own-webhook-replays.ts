import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import type { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';

/** The replay of what an endpoint missed at which the account hears of itself: start it, and stop it. `home`: path. */
export function replaysOfOwn(
  pages: PageRoutes,
  { ownEndpoints, replays }: Pick<Container, 'ownEndpoints' | 'replays'>,
  home: string,
): void {
  pages.post(
    { right: 'replay', form: noFields },
    `${home}/:endpoint/replay`,
    async (req: Request<{ endpoint: string }>, res) => {
      const endpoint = await ownEndpoints.get(currentVisit(req).accountId, req.params.endpoint);
      await replays.start(endpoint, { states: MISSED_STATES });
      redirectWith(res, `${home}/${endpoint.id}`, 'replay_started');
    },
  );

  pages.post(
    { right: 'replay', form: noFields },
    `${home}/:endpoint/replays/:replay/cancel`,
    async (req: Request<{ endpoint: string; replay: string }>, res) => {
      const endpoint = await ownEndpoints.get(currentVisit(req).accountId, req.params.endpoint);
      const { status } = await replays.cancel(endpoint, req.params.replay);
      const notice = status === 'done' ? 'replay_over' : 'replay_cancelled';
      redirectWith(res, `${home}/${endpoint.id}`, notice);
    },
  );
}
