import type { Account } from './account.ts';

/**
 * How a program that is started in the data directory is told where it is. Another account cannot walk down a path
 * whose folders it may not enter; Linux's link to the own working directory needs no walk.
 */
export function ownPath(dataDirectory: string, account: Account | undefined): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : dataDirectory;
}
