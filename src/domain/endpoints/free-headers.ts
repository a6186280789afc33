import type { Pool } from 'pg';
import type { Transaction } from 'sequelize';
import { headersOfAuth } from '#src/domain/outbound-rules/auth.ts';
import { findOwnHeader, mustNotSet } from '#src/domain/outbound-rules/reserved-headers.ts';
import type { EndpointRuleChanges } from '#src/domain/outbound-rules/rules.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';

/**
 * Throws InvalidInput when the rules of an endpoint set a header that we set under the prefix of its app. Names under
 * the default prefix were refused with the rules themselves.
 */
export async function requireFreeHeaders(
  db: Pool | Transaction,
  { accountId, appId }: { accountId: string; appId: string },
  { headers, auth }: Pick<EndpointRuleChanges, 'headers' | 'auth'> = {},
): Promise<void> {
  const [ofRule, ofAuth] = [Object.keys(headers ?? {}), headersOfAuth(auth ?? undefined)];
  if (ofRule.length + ofAuth.length === 0) return;
  const { rows } = await clientOf(db).query<{ prefix: string | null }>(
    'select header_prefix as prefix from apps where account_id = $1 and id = $2',
    [accountId, appId],
  );
  const prefix = rows[0]?.prefix ?? null;
  if (prefix === null) return;
  const [inRule, inAuth] = [findOwnHeader(ofRule, prefix), findOwnHeader(ofAuth, prefix)];
  if (inRule !== undefined) throw refusal('headers', inRule);
  if (inAuth === undefined) return;
  const [member = ''] = Object.entries(auth ?? {}).find(([, value]) => value === inAuth) ?? [];
  throw refusal(`auth.${member}`, inAuth);
}

function refusal(path: string, name: string): InvalidInput {
  const message = mustNotSet(name);
  return new InvalidInput(`${path} ${message}.`, { details: [{ path, message }] });
}
