import { timingSafeEqual } from 'node:crypto';
import type { Pool } from 'pg';
import { secretOwner } from '#src/domain/endpoints/endpoint-secrets.ts';
import { type SealedEndpoint, sealedSecretsAt } from '#src/domain/endpoints/helper-endpoints.ts';
import type { ArrivalSignature, SignatureScheme } from '#src/domain/hook-helpers/arrival-signature.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import type { HmacKey } from '#src/infra/lib/hmac-key.ts';
import {
  createSigningKey,
  createStandardSigningKey,
  signHostedHooks,
  signStandardWebhooks,
} from '#src/infra/lib/signature.ts';
import { readOwn, readStandard } from './given-signature.ts';

const DEFAULT_PREFIX = 'HostedHooks';
/** As the documents tell receivers. */
const TOLERANCE_SECONDS = 300;

interface Arrived {
  headers: [string, string][];
  body: Buffer;
}

interface Dependencies {
  pool: Pool;
  cipher: Cipher;
  clock: Pick<Clock, 'now'>;
}

/**
 * Verifies what arrives at a Hook Helper as the receivers of its account's endpoints would: by one query, and one HMAC
 * for each live secret of the endpoints that post here, and each signature.
 */
export async function verifyArrival(
  { cipher, clock, pool }: Dependencies,
  { accountId, token }: HookHelper,
  { headers, body }: Arrived,
): Promise<ArrivalSignature> {
  const at = new Date(clock.now());
  const { endpoints, isCut } = await sealedSecretsAt(pool, { accountId, token, at });
  if (endpoints.length === 0) return nothing('not_ours');
  const header = headerReader(headers);
  const proofs = endpoints.flatMap((endpoint) => {
    const owner = secretOwner(endpoint.id);
    const secrets = [endpoint.sealed, ...endpoint.previous].map((one) => cipher.decrypt(one, owner));
    return proofsOf({ endpoint, secrets, header, body });
  });
  const found = verdictOf(proofs, at);
  // That of an endpoint that was not tried may be right, also under the header prefix of another app.
  return isCut && found.endpointId === null ? nothing('not_checked') : found;
}

const nothing = (verdict: ArrivalSignature['verdict']): ArrivalSignature => ({
  verdict,
  endpointId: null,
  schemes: [],
});

/** A signature that could be read, and whether the endpoint's secrets make it. */
interface Proof {
  endpointId: string;
  scheme: SignatureScheme;
  seconds: number;
  isRight: boolean;
}

interface Checked {
  endpoint: SealedEndpoint;
  secrets: string[];
  header: (name: string) => string;
  body: Buffer;
}

function proofsOf(checked: Checked): Proof[] {
  return [ownProof(checked), standardProof(checked)].filter((proof) => proof !== null);
}

function ownProof({ endpoint, secrets, header, body }: Checked): Proof | null {
  const given = readOwn(header(ownHeaders(endpoint.headerPrefix ?? DEFAULT_PREFIX).signature));
  if (given === null) return null;
  const seconds = Number(given.seconds);
  const digests = secrets.map(
    (secret) => readOwn(signHostedHooks(createSigningKey(secret), seconds, body))?.digests,
  );
  const isRight = hasOne(given.digests, digests);
  return { endpointId: endpoint.id, scheme: 'hostedhooks', seconds, isRight };
}

function standardProof({ endpoint, secrets, header, body }: Checked): Proof | null {
  const given = readStandard(header('webhook-signature'));
  const [id, time] = [header('webhook-id'), header('webhook-timestamp')];
  if (given === null || id === '' || !/^\d{1,12}$/.test(time)) return null;
  const seconds = Number(time);
  const sign = (key: HmacKey) => signStandardWebhooks(key, { id, timestampSeconds: seconds, body });
  const digests = secrets.map((secret) => readStandard(sign(createStandardSigningKey(secret))) ?? undefined);
  return {
    endpointId: endpoint.id,
    scheme: 'standard_webhooks',
    seconds,
    isRight: hasOne(given, digests),
  };
}

function hasOne(given: Buffer[], made: (Buffer[] | undefined)[]): boolean {
  const all = made.flatMap((digests) => digests ?? []);
  return given.some((one) =>
    all.some((digest) => digest.length === one.length && timingSafeEqual(digest, one)),
  );
}

function verdictOf(proofs: Proof[], at: Date): ArrivalSignature {
  if (proofs.length === 0) return nothing('missing');
  const right = proofs.filter(({ isRight }) => isRight);
  const isFresh = ({ seconds }: Proof) => Math.abs(at.getTime() / 1000 - seconds) <= TOLERANCE_SECONDS;
  const first = right.find(isFresh) ?? right[0];
  if (first === undefined) return nothing('wrong_secret');
  const agreeing = right.filter((proof) => proof.endpointId === first.endpointId);
  return {
    verdict: isFresh(first) ? 'valid' : 'stale',
    endpointId: first.endpointId,
    schemes: agreeing.filter((proof) => isFresh(proof) === isFresh(first)).map(({ scheme }) => scheme),
  };
}

/** Values by name in any case; the first of a repeated header. */
function headerReader(headers: [string, string][]): (name: string) => string {
  const values = new Map(headers.toReversed().map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => values.get(name.toLowerCase()) ?? '';
}
