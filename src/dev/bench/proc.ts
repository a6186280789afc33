import { readdirSync, readFileSync } from 'node:fs';

// Figures of processes from proc(5) of Linux; NaN on other systems.

const CLOCK_TICKS_PER_SECOND = 100;

/** User and system CPU seconds of a process. */
export function cpuSeconds(pid: number): number {
  const { userTicks, systemTicks } = statOf(pid);
  return (userTicks + systemTicks) / CLOCK_TICKS_PER_SECOND;
}

/** CPU seconds of a process and its children, dead ones included. */
export function cpuSecondsOfFamily(pid: number): number {
  const own = statOf(pid);
  let ticks = own.userTicks + own.systemTicks + own.endedChildrenTicks;
  for (const child of pids()) {
    const { parent, userTicks, systemTicks } = statOf(child);
    if (parent === pid) ticks += userTicks + systemTicks;
  }
  return ticks / CLOCK_TICKS_PER_SECOND;
}

export function parentOf(pid: number): number {
  return statOf(pid).parent;
}

/** The peak resident memory of a process in bytes. */
export function peakMemoryBytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(read(`/proc/${String(pid)}/status`)) ?? [];
  return Number(kilobytes ?? Number.NaN) * 1024;
}

function statOf(pid: number) {
  const stat = read(`/proc/${String(pid)}/stat`);
  // The second field, the program's name in parentheses, may hold any character, so fields are counted after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (index: number) => Number(fields[index] ?? Number.NaN);
  return {
    parent: number(1),
    userTicks: number(11),
    systemTicks: number(12),
    endedChildrenTicks: number(13) + number(14),
  };
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
