import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import { BadRequest } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { attemptRows } from '#src/surfaces/dashboard/attempt-presenter.ts';
import { currentVisit, isStillSignedIn } from '#src/surfaces/dashboard/frame/session.ts';
import { renderPartial } from '#src/surfaces/html/render.ts';
import { type AttemptQuery, attemptFields } from './fields.ts';
import { LogTails } from './log-tails.ts';
import { queryOf, readQuery } from './read-query.ts';
import { toAttemptFilters } from './to-filters.ts';

type Parts = Pick<Container, 'apps' | 'attempts' | 'clock' | 'logger' | 'models' | 'pool'>;

/**
 * The stream of what comes to the log of an app, as its filters let it through. `newest`: the id of the newest attempt
 * that the page has.
 */
export function logTail(pages: PageRoutes, container: Parts): void {
  const { apps, attempts, clock, logger } = container;
  const tails = new LogTails({ attempts, logger });

  pages.get('see', '/apps/:app/log_tail', async (req, res) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    const { newest, ...query } = req.query;
    const { shown, unheard } = readQuery(attemptFields, query);
    if (unheard !== undefined || !isFollowed(shown))
      throw new BadRequest('A log is followed by filters, and not by a search or up to a time.');
    const { accountId, id } = app;
    tails.open(
      {
        app: { accountId, id },
        filters: toAttemptFilters(shown, clock.now()),
        newest: [req.get('last-event-id'), newest].find(isId),
        render: async (found) =>
          renderPartial(res, 'attempt-rows', { rows: await attemptRows(container, found) }),
        isSignedIn: () => isStillSignedIn(container, req),
      },
      res,
    );
  });
}

const isId = (given: unknown): given is string => typeof given === 'string' && isUuid(given);

/** Words are looked for in payloads, which nothing keeps in memory; and nothing comes before a time that is over. */
const isFollowed = ({ q, until }: AttemptQuery) => q === undefined && until === undefined;

/** The address of the stream; null where a page does not begin with the newest attempt, or cannot be followed. */
export function tailHref(req: Request, appId: string, shown: AttemptQuery): string | null {
  const isFirst = req.query['before'] === undefined && req.query['after'] === undefined;
  return isFirst && isFollowed(shown) ? `/apps/${appId}/log_tail${queryOf(shown)}` : null;
}
