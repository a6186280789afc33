import type { RequestHandler } from 'express';
import type { Container } from '#src/container.ts';
import type { PageLocals } from '#src/surfaces/html/render.ts';
import { herokuCommands } from '#src/surfaces/dashboard/heroku-commands.ts';

/** Percentage of the month's messages from which every page shows the notice. */
const EVERYWHERE = 80;
/** The same for the dashboard's first page. */
const AT_HOME = 50;

/** Adds the notice that the month's messages are nearly used up. From memory, so that a page costs no extra query. */
export function loadQuotaNotice({ config, quota }: Pick<Container, 'config' | 'quota'>): RequestHandler {
  return async (req, res, next) => {
    const state = req.user === undefined ? undefined : await quota.stateOf(req.user.accountId);
    if (state !== undefined) {
      const share = Math.min(100, Math.floor((state.used / state.plan.messagesPerMonth) * 100));
      const resource = req.user?.resource ?? null;
      const upgrade = resource === null ? null : herokuCommands(config, resource).upgrade(state.plan);
      if (share >= (req.baseUrl === '/dashboard' ? AT_HOME : EVERYWHERE)) {
        (res.locals as PageLocals).quotaNotice = { share, upgrade };
      }
    }
    next();
  };
}
