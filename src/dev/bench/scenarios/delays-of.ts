import type { Posted } from '#src/dev/bench/wire/posted.ts';

/**
 * Milliseconds from `from` to each first arrival, of the messages that were accepted. `arrivedAtMs`: by message and
 * then endpoint; 0 without an arrival.
 */
export function* delaysOf(
  { acceptedAtMs }: Pick<Posted, 'acceptedAtMs'>,
  from: Float64Array,
  { arrivedAtMs, fanOut }: { arrivedAtMs: Float64Array; fanOut: number },
): Generator<number> {
  for (const [message, fromMs] of from.entries()) {
    if (acceptedAtMs[message] === 0) continue;
    for (const arrivedAt of arrivedAtMs.subarray(message * fanOut, (message + 1) * fanOut)) {
      if (arrivedAt !== 0) yield arrivedAt - fromMs;
    }
  }
}
