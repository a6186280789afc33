import type { Pool } from 'pg';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';

/** The oldest PostgreSQL on which the tests run: older ones get no security updates any more. */
const MIN_POSTGRES_VERSION = 15;

/** Throws {@link CannotStart} when the server of `pool` is older than {@link MIN_POSTGRES_VERSION}. */
export async function refuseOldServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  );
  const problem = rows[0] === undefined ? undefined : problemOfServer(rows[0]);
  if (problem !== undefined) throw new CannotStart(problem);
}

/** Why the server cannot be used; undefined when it can. `number` is PostgreSQL's `server_version_num` (`150018`). */
export function problemOfServer({
  number,
  version,
}: {
  number: number;
  version: string;
}): string | undefined {
  if (Math.floor(number / 10_000) >= MIN_POSTGRES_VERSION) return undefined;
  return `DATABASE_URL: this is PostgreSQL ${version}; version ${String(MIN_POSTGRES_VERSION)} or later is needed.`;
}
