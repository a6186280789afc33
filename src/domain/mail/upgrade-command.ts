import type { Addon } from './templates.ts';

/**
 * What the reader types, who may have several add-ons on several apps: so it names both, as far as they are known. A name
 * that Heroku would not give is left out, because it would be pasted into a shell.
 */
export function upgradeCommand({ name, appName }: Addon, plan: string): string {
  const words = ['heroku addons:upgrade'];
  if (IS_NAME.test(name)) words.push(name);
  words.push(plan);
  if (appName !== null && IS_NAME.test(appName)) words.push('--app', appName);
  return words.join(' ');
}

const IS_NAME = /^[a-z][a-z0-9-]*$/;
