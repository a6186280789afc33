import type { Account } from './account.ts';

/**
 * The path of the data directory for a program that is started in it. Another account may lack permission for the
 * folders above; Linux's link to the working directory does not need them.
 */
export function ownPath(dataDirectory: string, account: Account | undefined): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : dataDirectory;
}
