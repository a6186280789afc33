import { appendFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import type { ChaosResult } from '#src/dev/chaos/result.ts';
import { duplicatesIn, missingFrom } from './arrivals.ts';
import { longForm } from './long-form.ts';
import type { ReceivedRequest } from './received-request.ts';

/** Set by `npm run chaos`. */
const { CHAOS_REPORT } = process.env;

/** A setting of a chaos run. */
export const lasting = longForm('CHAOS');

interface Ended {
  /** Ids of the messages that were answered 201. */
  accepted: Set<string>;
  /** How many deliveries the ledger has as delivered. */
  delivered: number;
  requests: ReceivedRequest[];
}

/** Tells how a run ended. Call it before the assertions, so that a run that lost messages is in the report. */
export async function reportChaos(t: TestContext, { accepted, delivered, requests }: Ended): Promise<void> {
  const counts = {
    accepted: accepted.size,
    delivered,
    repeated: duplicatesIn(requests),
    lost: missingFrom(requests, accepted).length,
  };
  t.diagnostic(JSON.stringify(counts));
  if (CHAOS_REPORT === undefined) return;
  await appendFile(CHAOS_REPORT, `${JSON.stringify({ run: t.name, ...counts } satisfies ChaosResult)}\n`);
}
