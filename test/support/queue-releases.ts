import type { Pool } from 'pg';

/** When deliveries were released from the queues of endpoints, by the database's clock, oldest first. */
export interface Releases {
  of(endpointId: string): Promise<{ messageId: string; atMs: number }[]>;
}

/** Notes each release from now on, because its entry is gone when it is settled. */
export async function recordReleases(pool: Pool): Promise<Releases> {
  await pool.query(`
    create table recorded_releases (n serial, endpoint_id uuid, message_id uuid, released_at timestamptz);
    create function record_release() returns trigger language plpgsql as $$ begin
      insert into recorded_releases (endpoint_id, message_id, released_at)
      values (new.endpoint_id, new.message_id, new.released_at);
      return null;
    end $$;
    create trigger record_releases after update of released_at on queue_entries
      for each row when (new.released_at is not null) execute function record_release()`);
  return {
    async of(endpointId) {
      const { rows } = await pool.query<{ messageId: string; atMs: number }>(
        `select message_id as "messageId", (extract(epoch from released_at) * 1000)::float8 as "atMs"
         from recorded_releases where endpoint_id = $1 order by n`,
        [endpointId],
      );
      return rows;
    },
  };
}
