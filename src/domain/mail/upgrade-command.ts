import type { Addon } from './templates.ts';

/**
 * The shell command that upgrades the add-on. It names add-on and app, because the reader may have several. A name that
 * Heroku would not allow is left out, because the command is pasted into a shell.
 */
export function upgradeCommand({ name, appName }: Addon, plan: string): string {
  const words = ['heroku addons:upgrade'];
  if (IS_NAME.test(name)) words.push(name);
  words.push(plan);
  if (appName !== null && IS_NAME.test(appName)) words.push('--app', appName);
  return words.join(' ');
}

const IS_NAME = /^[a-z][a-z0-9-]*$/;
