import { readdirSync, readFileSync } from 'node:fs';
import ejs from 'ejs';
import type { Config } from '#src/config.ts';
import { COUNTED_LIMITS } from '#src/domain/plans/counted-limits.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { plansForSale } from '#src/domain/plans/plans.ts';
import { counted, durationInWords, grouped, listed } from '#src/infra/lib/in-words.ts';
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
    timeout: durationInWords(delivery.timeoutMs / 1000),
    attempts: counted(delivery.retryDelaysSeconds.length + 1, 'attempt'),
    delays: listed(delivery.retryDelaysSeconds.map(durationInWords)),
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
