import type { Pool, PoolClient } from 'pg';
import type { Transaction } from 'sequelize';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { clientOf } from '#src/infra/database/client-of.ts';
import { Conflict } from '#src/infra/lib/errors.ts';
import type { Endpoint } from './endpoint.ts';

/** Rules up to here are not counted, because an endpoint weighs as much in every snapshot without any. */
const SMALL_BYTES = 1024;
const { rulesOfApp } = FIXED_LIMITS;

type Asked = Pick<Endpoint, 'accountId' | 'appId' | 'id'> &
  Partial<Pick<Endpoint, 'rules' | 'ruleSecretsEncrypted'>>;

/**
 * Throws Conflict when the rules of the app's endpoints would be larger together than routing can read at once with
 * these rules of an endpoint, new or there. Endpoints that are written at the same time do not see each other, and may
 * pass the limit by what each of them adds.
 */
export async function requireRulesRoom(
  db: Pool | PoolClient | Transaction,
  { accountId, appId, id, rules, ruleSecretsEncrypted }: Asked,
): Promise<void> {
  if (rules === undefined) return;
  const bytes = Buffer.byteLength(JSON.stringify(rules)) + (ruleSecretsEncrypted?.byteLength ?? 0);
  if (bytes <= SMALL_BYTES) return;
  const { rows } = await clientOf(db).query<{ bytes: number }>(
    `select coalesce(sum(octet_length(rules::text) + coalesce(octet_length(rule_secrets_encrypted), 0)), 0)::float8 as bytes
     from endpoints where account_id = $1 and app_id = $2 and id <> $3`,
    [accountId, appId, id],
  );
  if ((rows[0]?.bytes ?? 0) + bytes <= rulesOfApp.max) return;
  throw new Conflict(
    `The outbound rules of the endpoints of an app take ${rulesOfApp.shown} at most, together. Make those of this one ` +
      'shorter, or those of others; rules that all endpoints share belong to the app.',
    { code: rulesOfApp.code },
  );
}
