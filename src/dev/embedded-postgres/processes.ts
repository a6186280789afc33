import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  return identityOf(pid) !== undefined;
}

/**
 * Distinguishes a process from a later one with the same pid, by its start time. Undefined when the process has ended.
 * A zombie has ended too, although signals still reach it (the first process of a container may never reap its
 * orphans).
 */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

/** The name of the process' program; undefined when the process has ended. */
export function programOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
    return ps(pid, 'comm=').split('/').at(-1);
  } catch {
    return undefined;
  }
}

function identityFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The second field, the program's name in parentheses, may hold any character, so fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startedAt] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? undefined : `${String(pid)} ${startedAt ?? ''}`;
  } catch {
    return undefined;
  }
}

function identityFromPs(pid: number): string | undefined {
  try {
    const [state, ...startedAt] = ps(pid, 'state=,lstart=').split(/\s+/);
    return state?.startsWith('Z') === true ? undefined : `${String(pid)} ${startedAt.join(' ')}`;
  } catch {
    return undefined;
  }
}

/** Throws when there is no such process. */
function ps(pid: number, columns: string): string {
  return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
