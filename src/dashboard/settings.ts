import { Router } from 'express';
import { findPlan } from '../accounts/plans.ts';
import type { Container } from '../container.ts';
import { renderPage } from '../http/render.ts';
import { herokuCommands } from './heroku-commands.ts';
import { currentUser } from './session.ts';

const MOST_ROWS = 200;
const HOUR_MS = 3_600_000;

export function settingsPages(container: Container): Router {
  const router = Router();
  const { models } = container;

  router.get('/settings', (_req, res) => {
    res.redirect('/settings/account');
  });

  router.get('/settings/account', async (req, res) => {
    const { accountId, memberId } = currentUser(req);
    const newestFirst = {
      where: { accountId },
      order: [['id', 'DESC']] as [string, string][],
      limit: MOST_ROWS,
    };
    const [account, keys, members, endpoints, month] = await Promise.all([
      models.Account.findByPk(accountId, { rejectOnEmpty: true }),
      models.ApiKey.findAll(newestFirst),
      models.Member.findAll(newestFirst),
      models.Endpoint.count({ where: { accountId } }),
      container.deliveryCounts.byHour({ accountId }, hoursOfMonth(container.clock.now())),
    ]);
    const model = {
      plan: findPlan(account.plan) ?? null,
      planSlug: account.plan,
      usage: {
        endpoints,
        members: members.length,
        attempts: month.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0),
      },
      keys: keys.map(({ name, prefix, createdAt, revokedAt, expiresAt }) => ({
        name,
        prefix,
        createdAt,
        isLive: revokedAt === null && (expiresAt === null || expiresAt.getTime() > container.clock.now()),
      })),
      members: members.map(({ id, email, role, lastSignedInAt }) => ({
        email,
        role,
        lastSignedInAt,
        isYou: id === memberId,
      })),
      heroku: herokuCommands(container.config),
    };
    await renderPage(res, { view: 'settings/account', title: 'Settings', model });
  });

  return router;
}

/** Hours since the month began, in UTC. */
function hoursOfMonth(now: number): number {
  const date = new Date(now);
  const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return Math.floor((now - start) / HOUR_MS) + 1;
}
