import { nextBiggerPlan, type Plan } from './plans.ts';

/** The shell command that upgrades to the next larger plan; null for the largest. */
export function upgradeCommand(plan: Plan, target: Target = {}): string | null {
  const next = planToUpgradeTo(plan);
  return next === null ? null : changePlanCommand(next, target);
}

interface Target {
  /** How the shell calls the Heroku CLI. */
  cli?: string;
  /** Names add-on and app in the command, for a reader who may have several add-ons. */
  addon?: { name: string; appName: string | null };
}

/**
 * The shell command that puts an add-on on `planName`, such as `hosted-hooks:growth`. A name that Heroku would not
 * allow is left out, because the command is pasted into a shell.
 */
export function changePlanCommand(planName: string, { cli = 'heroku', addon }: Target = {}): string {
  const words = [cli, 'addons:upgrade'];
  if (addon !== undefined && IS_NAME.test(addon.name)) words.push(addon.name);
  words.push(planName);
  return [...words, ...appFlag(addon?.appName)].join(' ');
}

/** The flag that names the app to the Heroku CLI; empty for a name that Heroku would not allow. */
export function appFlag(appName: string | null | undefined): string[] {
  return IS_NAME.test(appName ?? '') ? ['--app', appName ?? ''] : [];
}

const IS_NAME = /^[a-z][a-z0-9-]*$/;

/** The next larger plan as Heroku names it (`hosted-hooks:growth`); null for the largest. */
export function planToUpgradeTo(plan: Plan): string | null {
  const next = nextBiggerPlan(plan);
  return next === undefined ? null : `hosted-hooks:${next.slug}`;
}

/**
 * The sentence that ends a refusal: how to get more than `plan` allows. `isOfHeroku`: whether the account is an add-on,
 * because no command of Heroku's changes another.
 */
export function howToGetMore(plan: Plan, { isOfHeroku }: { isOfHeroku: boolean }): string {
  const command = upgradeCommand(plan);
  if (command === null)
    return `The plan ${plan.slug} is our largest. Write to support@hostedhooks.com for more.`;
  return isOfHeroku
    ? `For more, upgrade: ${command}`
    : 'Larger plans are sold at Heroku. Write to support@hostedhooks.com, and we put this account on one.';
}

export const withCommas = (number: number) => number.toLocaleString('en-US');
