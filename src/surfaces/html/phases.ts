import type { Attempt } from '#src/domain/attempts/attempt.ts';

/** A part of an attempt's time, as a piece of a bar that is 100 wide. */
interface Phase {
  name: 'dns' | 'connect' | 'tls' | 'wait' | 'body';
  label: string;
  ms: number;
  x: number;
  width: number;
}

export interface Phases {
  bar: Phase[];
  /** Whether it used a connection that was open. */
  isKept: boolean;
}

const LABELS = { dns: 'DNS', connect: 'connect', tls: 'TLS', wait: 'first byte', body: 'body' } as const;

/**
 * Where the time of an attempt went; null for one that never reached the network. A connection that was kept open has
 * no look-up and no handshake; what was opened for another attempt may have begun before this one.
 */
export function phasesOf({ timings, durationMs, outcome }: Attempt): Phases | null {
  if (outcome === 'parked' || outcome === 'auth_failed') return null;
  const { dnsMs, connectMs, tlsMs, firstByteMs } = timings;
  const opening = (dnsMs ?? 0) + (connectMs ?? 0) + (tlsMs ?? 0);
  const untilAnswer = firstByteMs ?? durationMs;
  const measured = [
    ['dns', dnsMs],
    ['connect', connectMs],
    ['tls', tlsMs],
    ['wait', Math.max(0, untilAnswer - opening)],
    ['body', firstByteMs === null ? null : Math.max(0, durationMs - firstByteMs)],
  ] as const;
  const phases = measured.flatMap(([name, ms]) => (ms === null ? [] : [{ name, ms: Math.round(ms) }]));
  const total = Math.max(
    1,
    phases.reduce((sum, { ms }) => sum + ms, 0),
  );
  let x = 0;
  const bar = phases.map(({ name, ms }) => {
    const width = (ms / total) * 100;
    const phase = { name, label: labelOf(name, firstByteMs), ms, x: round(x), width: round(width) };
    x += width;
    return phase;
  });
  return { bar, isKept: connectMs === null && firstByteMs !== null };
}

const labelOf = (name: Phase['name'], firstByteMs: number | null) =>
  name === 'wait' && firstByteMs === null ? 'no answer for' : LABELS[name];

const round = (value: number) => Math.round(value * 100) / 100;
