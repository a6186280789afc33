import type { Container } from '#src/container.ts';
import { usageOfApps } from '#src/domain/app-lists/app-usage.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import type { Visit } from '#src/domain/visits/visit.ts';
import { type DayCount, messagesByDay } from '#src/domain/quotas/message-counts.ts';
import { dayAt, type Month, monthAt, monthBefore } from '#src/domain/quotas/month.ts';
import { readPlan } from './plan.ts';

/** The newest apps. */
const MOST_APPS = 50;
const DAY_MS = 86_400_000;
const WIDTH = 720;
const HEIGHT = 140;
const GAP = 4;

/** The account's usage of its plan: the limits, and the messages a day of this month and the last. */
export async function readUsagePage(
  container: Pick<Container, 'apps' | 'clock' | 'config' | 'deliveryCounts' | 'models' | 'pool'>,
  user: Visit,
) {
  const { clock, pool } = container;
  const month = monthAt(clock.now());
  const before = monthBefore(month);
  const [plan, apps, days] = await Promise.all([
    readPlan(container, user),
    readApps(container, user.accountId),
    messagesByDay(pool, user.accountId, { firstDay: before.firstDay, endDay: dayAt(month.endsAtMs) }),
  ]);
  const charts = [monthChart(month, days), monthChart(before, days)] as const;
  return { plan, apps, months: charts, forecast: forecastOf(charts[0].total, { month, nowMs: clock.now() }) };
}

/** How much each app took and sent in the last day; `isCut`: there are older apps than those that were looked at. */
async function readApps(
  container: Pick<Container, 'apps' | 'clock' | 'deliveryCounts' | 'pool'>,
  accountId: string,
) {
  const apps = await container.apps.list(accountId, firstPage(MOST_APPS));
  const byId = new Map(apps.map((app) => [app.id, app]));
  const usage = await usageOfApps(container, accountId, [...byId.keys()]);
  const rows = usage.map(({ appId, messages, attempts, isCut }) => ({
    name: byId.get(appId)?.name ?? '',
    href: `/apps/${appId}`,
    ...{ messages, attempts, isCut },
  }));
  return { rows, most: MOST_APPS, isCut: apps.length === MOST_APPS };
}

/** The messages of the whole month at the pace so far; null in its first day, which tells too little. */
function forecastOf(messages: number, { month, nowMs }: { month: Month; nowMs: number }): number | null {
  const elapsedMs = nowMs - month.startsAtMs;
  return elapsedMs < DAY_MS ? null : Math.round((messages / elapsedMs) * (month.endsAtMs - month.startsAtMs));
}

/** A bar a day of the month, with the counts for the table next to the chart. */
function monthChart(month: Month, counts: DayCount[]) {
  const byDay = new Map(counts.map(({ day, messages }) => [day, messages]));
  const length = Math.round((month.endsAtMs - month.startsAtMs) / DAY_MS);
  const rows = Array.from({ length }, (_, index) => {
    const day = dayAt(month.startsAtMs + index * DAY_MS);
    return { day, messages: byDay.get(day) ?? 0 };
  });
  const max = Math.max(0, ...rows.map(({ messages }) => messages));
  const step = WIDTH / length;
  const bars = rows.map(({ day, messages }, index) => {
    const height = messages === 0 ? 0 : Math.max(2, (messages / max) * HEIGHT);
    return { x: index * step + GAP / 2, width: step - GAP, y: HEIGHT - height, height, day, messages };
  });
  const name = new Date(month.startsAtMs).toLocaleDateString('en-US', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const total = rows.reduce((sum, { messages }) => sum + messages, 0);
  return { name, width: WIDTH, height: HEIGHT, bars, rows, max, total };
}
