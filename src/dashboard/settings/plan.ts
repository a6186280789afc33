import { findPlan } from '../../accounts/plans.ts';
import type { Container } from '../../container.ts';
import type { SessionUser } from '../../http/session.ts';
import { herokuCommands } from '../heroku-commands.ts';

const HOUR_MS = 3_600_000;

/** The plan of the account, and how much of it is used. */
export async function readPlan(container: Container, { accountId }: SessionUser) {
  const { clock, config, deliveryCounts, models } = container;
  const [account, endpoints, members, month] = await Promise.all([
    models.Account.findByPk(accountId, { rejectOnEmpty: true }),
    models.Endpoint.count({ where: { accountId } }),
    models.Member.count({ where: { accountId } }),
    deliveryCounts.byHour({ accountId }, hoursOfMonth(clock.now())),
  ]);
  return {
    slug: account.plan,
    limits: findPlan(account.plan) ?? null,
    usage: {
      endpoints,
      members,
      attempts: month.reduce((sum, { succeeded, failed }) => sum + succeeded + failed, 0),
    },
    upgrade: herokuCommands(config).upgrade,
  };
}

/** Hours since the month began, in UTC. */
function hoursOfMonth(now: number): number {
  const date = new Date(now);
  const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return Math.floor((now - start) / HOUR_MS) + 1;
}
