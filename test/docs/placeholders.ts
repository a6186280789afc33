import assert from 'node:assert/strict';
import { BASES, type Sample, type SampleSet } from '#src/surfaces/html/samples.ts';

/** What a sample of the set must name to be of use: read from the environment, never written into the code. */
const NAMED: Record<SampleSet, RegExp[]> = {
  setup: [/HOSTEDHOOKS_API_KEY/, /Bearer/],
  send: [/HOSTEDHOOKS_API_KEY/, /HOSTEDHOOKS_APP_ID/, /Bearer/, /event_id/, /user-42-created/],
  verify: [/HostedHooks|HOSTEDHOOKS/, /sha-?256/i, /300|5\*time\.Minute/],
  'verify-standard': [/whsec_/, /sha-?256/i, /v1,/, /300|5\*time\.Minute/],
};

/** That of a framework stands on that of its language, which names all of this. */
const NAMED_BY_FRAMEWORK: Partial<Record<SampleSet, RegExp[]>> = {
  send: [/send_?message\(/i, /user\.created/],
  verify: [
    /genuine/i,
    /HostedHooks-Signature/,
    /HOSTEDHOOKS_SIGNING_SECRET/,
    /raw_post|getContent|request\.body|arrayBuffer|byte\[\]|CopyToAsync/,
  ],
};

/** What a writer leaves for the reader to fill in: notes to oneself, names in capitals or brackets, and an ellipsis. */
const PLACEHOLDER = /TO-?DO|FIX-?ME|X{3}|YOUR_|:app_uuid|\bAPP_ID\b|API_TOKEN|<[a-z_]+>|\.{3}/;

/** Fails when a reader would have to fill something in before the sample runs. */
export function assertComplete({ language, heading, code }: Sample, set: SampleSet): void {
  assert.doesNotMatch(code, PLACEHOLDER, heading);
  const named = language in BASES ? (NAMED_BY_FRAMEWORK[set] ?? []) : NAMED[set];
  for (const pattern of named) assert.match(code, pattern, heading);
}
