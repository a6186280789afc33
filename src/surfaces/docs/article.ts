import { readdirSync, readFileSync } from 'node:fs';
import ejs from 'ejs';
import type { Config } from '#src/config.ts';
import { COUNTED_LIMITS } from '#src/domain/plans/counted-limits.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { plansForSale } from '#src/domain/plans/plans.ts';
import { RIGHTS, ROLES } from '#src/domain/roles/roles.ts';

/** The place of a set of samples in the article. A comment, because HTML and Markdown show samples differently. */
export const SAMPLES_MARK = /^<!-- samples: ([a-z-]+) -->$/gm;

/** The article for Heroku's Dev Center in Markdown, with {@link SAMPLES_MARK} in place of the samples. */
export function writeArticle(config: Config): string {
  const { heroku, http, delivery } = config;
  return ejs.render(readTemplate(), {
    addon: heroku.manifestId,
    configVar: heroku.configVar,
    api: `${http.baseUrl}/api/v1`,
    plans: plansTable(),
    counted: countedTable(),
    fixed: fixedTable(),
    roles: rolesTable(),
    timeout: inWords(delivery.timeoutMs / 1000),
    attempts: counted(delivery.retryDelaysSeconds.length + 1, 'attempt'),
    delays: list(delivery.retryDelaysSeconds.map(inWords)),
  });
}

const PARTS = new URL('../../../views/docs/article/', import.meta.url);

/** The parts of the article in the order of their names, with an empty line between two. */
function readTemplate(): string {
  const names = readdirSync(PARTS).toSorted();
  return names.map((name) => readFileSync(new URL(name, PARTS), 'utf8')).join('\n');
}

function plansTable(): string {
  const rows = plansForSale.map((plan) => [
    `\`${plan.slug}\``,
    ...[plan.messagesPerMonth, plan.publishRate, plan.endpoints, plan.members].map(grouped),
    counted(plan.retentionDays, 'day'),
  ]);
  const head = ['Plan', 'Messages a month', 'Messages a second', 'Endpoints', 'Team', 'Log kept'];
  const rule = ['---', ...head.slice(1).map(() => '---:')];
  return table([head, rule, ...rows]);
}

function countedTable(): string {
  const rows = plansForSale.map((plan) => [
    `\`${plan.slug}\``,
    ...COUNTED_LIMITS.map(({ of }) => grouped(plan[of])),
  ]);
  const head = ['Plan', ...COUNTED_LIMITS.map(({ plural }) => plural)];
  return table([head, ['---', ...COUNTED_LIMITS.map(() => '---:')], ...rows]);
}

function fixedTable(): string {
  const rows = Object.values(FIXED_LIMITS).map(({ what, shown, status, code }) => [
    what,
    shown,
    status === null ? 'The connection is closed' : `${String(status)} \`${code}\``,
  ]);
  return table([['What', 'At most', 'Beyond it'], ['---', '---:', '---'], ...rows]);
}

const table = (rows: string[][]) => rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function rolesTable(): string {
  const rows = Object.values(RIGHTS).map(({ allows, roles, scope }) => [
    allows,
    ...ROLES.map((role) => (roles.some((one) => one === role) ? 'yes' : '')),
    scope === null ? '' : `\`${scope}\``,
  ]);
  const head = ['May', ...ROLES, 'Scope of a key'];
  const rule = head.map(() => '---');
  return table([head, rule, ...rows]);
}

/** For example "15 seconds", "5 minutes", "2.1 hours": the largest unit of which there are at least two. */
function inWords(seconds: number): string {
  if (seconds < 120 && seconds % 60 !== 0) return counted(seconds, 'second');
  if (seconds < 7200) return counted(Math.round(seconds / 60), 'minute');
  return counted(Math.round(seconds / 360) / 10, 'hour');
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function list(parts: string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
